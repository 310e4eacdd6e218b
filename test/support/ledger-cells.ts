import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type DataCenterCells,
  type RunningInstance,
  startDataCenterCells,
} from '../../src/reference-unit/data-center-process.ts';
import type { DataCenterCellsOptions, UnitLog } from '../../src/reference-unit/process-options.ts';
import { machineClock } from './machine-clock.ts';
import { threeCities } from './three-cities.ts';

export const PEER_TOKEN = 'the-token-of-all-data-centers';

export const silentLog: UnitLog = { info: () => {}, warn: () => {} };

/** An empty directory that the test's end removes. */
export function temporaryDirectory(test: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'ldc-ledger-'));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The cells of one data center of the reference topology, in this process, ended with the test. */
export async function startCells(
  test: TestContext,
  dataCenter: string,
  over: Partial<DataCenterCellsOptions> = {},
): Promise<DataCenterCells> {
  const cells = await startDataCenterCells({
    clock: machineClock,
    log: silentLog,
    dataCenter,
    directory: over.directory ?? temporaryDirectory(test),
    topology: threeCities(),
    peers: [],
    peerToken: PEER_TOKEN,
    ...over,
  });
  test.after(() => cells.stop(0));
  return cells;
}

/** Several data centers that know each other. */
export async function startDataCenters<Name extends string>(
  test: TestContext,
  names: readonly Name[],
  over: Partial<DataCenterCellsOptions> = {},
): Promise<Record<Name, DataCenterCells>> {
  const started = await Promise.all(names.map((name) => startCells(test, name, over)));
  introduce(started);
  return Object.fromEntries(started.map((cells) => [cells.dataCenter, cells])) as Record<Name, DataCenterCells>;
}

export function introduce(all: readonly DataCenterCells[]): void {
  const peers = all.map(({ dataCenter, url }) => ({ dataCenter, url }));
  for (const cells of all) cells.setPeers(peers);
}

export function instanceOf(cells: { readonly instances: readonly RunningInstance[] }, cell: string): RunningInstance {
  const found = cells.instances.find((instance) => instance.cell === cell);
  if (found === undefined) throw new Error(`no cell ${cell}`);
  return found;
}
