import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import type { PeerPlace } from './peer.ts';
import { PinnedProcess } from './pinned-process.ts';
import { writeFromTemplate } from './template.ts';

export interface RunningCells {
  readonly ports: PeerPlace['cells'];
  end(): Promise<void>;
}

const LONG_ANSWER_BYTES = 64 * 1024;

/** The cells of all units: one nginx, on the core of the load. */
export async function startCells(place: string, core: number): Promise<RunningCells> {
  const directory = join(place, 'cells');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, '64k'), Buffer.alloc(LONG_ANSWER_BYTES, 'x'));
  const ports = { RZ01: await freePort(), RZ02: await freePort(), RZ03: await freePort() };
  const file = writeFromTemplate('upstream.conf', join(directory, 'nginx.conf'), { ...ports, DIR: directory });
  const nginx = new PinnedProcess(['nginx', '-p', directory, '-c', file], { name: 'cells', directory, core });
  return { ports, end: () => nginx.end() };
}
