import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCertificateAuthority } from '../../src/app/certificate-authority.ts';
import { fleetSecrets, nodeCertificate } from '../../src/app/fleet/fleet-secrets.ts';
import { eventually } from '../../test/support/eventually.ts';
import { ldcCommand, BENCH_REALM as REALM, startControl, storeIn } from '../peers/bench-control.ts';
import { PinnedProcess } from '../peers/pinned-process.ts';

const CELL = fileURLToPath(new URL('./busy-cell.ts', import.meta.url));
const RULES = new URL('./rules.yaml', import.meta.url);
/** The door has a core of its own; cell and load share the other one. */
export const DOOR_CORE = 0;
export const LOAD_CORE = availableParallelism() > 1 ? 1 : 0;

export interface CellCapacity {
  /** Requests that it works on at once; also the cell's `maxConcurrent`. */
  readonly places: number;
  readonly serviceMs: number;
}

export interface OverloadDoor {
  readonly port: number;
  readonly process: PinnedProcess;
  end(): Promise<void>;
}

/** A gateway in front of one cell of known capacity, and the control process that made its table. */
export async function overloadDoor({ places, serviceMs }: CellCapacity): Promise<OverloadDoor> {
  const directory = mkdtempSync(join(tmpdir(), 'ldc-overload-'));
  const all: PinnedProcess[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(all.map((process) => process.end()));
    rmSync(directory, { recursive: true, force: true });
  };
  const start = (name: string, core: number, command: readonly string[]): PinnedProcess => {
    const process = new PinnedProcess(command, { name, directory, core, tellsReady: true });
    all.push(process);
    return process;
  };
  try {
    const cell = start('cell', LOAD_CORE, [process.execPath, CELL, String(places), String(serviceMs)]);
    const values = { CELL: String((await cell.ready()).cell), PLACES: String(places) };
    const control = await startControl(directory, LOAD_CORE);
    all.push(control.process);
    await control.applyRules(writeRules(join(directory, 'rules.yaml'), values));
    const door = start('door', DOOR_CORE, ldcCommand('gateway', gatewayConfig(directory)));
    const port = (await door.ready()).door ?? 0;
    await eventually('the door serves', async () => (await ask(port)) === 200);
    return { port, process: door, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function ask(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-user-id': '100007' } });
  await response.arrayBuffer();
  return response.status;
}

/** The committed rules with this cell in them. */
function writeRules(file: string, values: Readonly<Record<string, string>>): string {
  const text = readFileSync(RULES, 'utf8').replace(/\{\{([A-Z]+)\}\}/g, (_, name: string) => values[name] ?? '');
  writeFileSync(file, text);
  return file;
}

function gatewayConfig(directory: string): string {
  const { registrationToken } = fleetSecrets(directory);
  const nowMs = Date.now();
  const authority = createCertificateAuthority('bench', nowMs - 60_000, nowMs + 86_400_000);
  const ca = join(directory, 'ca.pem');
  writeFileSync(ca, authority.caPem);
  const own = join(directory, 'dc-a');
  mkdirSync(own);
  const node = { realm: REALM, dataCenter: 'dc-a', node: 'gateway-dc-a' };
  const text = {
    ...node,
    directory: own,
    store: storeIn(directory),
    door: { port: 0 },
    admin: { port: 0, token: registrationToken },
    interlink: { port: 0, ca, ...nodeCertificate(authority, own, node, nowMs) },
    cells: { slowStartMs: 1 },
  };
  const file = join(directory, 'gateway.json');
  writeFileSync(file, JSON.stringify(text));
  return file;
}
