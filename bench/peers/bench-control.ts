import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FleetControl } from '../../src/app/fleet/fleet-rules.ts';
import { fleetSecrets, tokenFile, writeSecret } from '../../src/app/fleet/fleet-secrets.ts';
import { PinnedProcess } from './pinned-process.ts';

const LDC = fileURLToPath(new URL('../../bin/ldc', import.meta.url));
export const BENCH_REALM = 'bench';

/** The command line of one of the gateway's programs. */
export const ldcCommand = (program: string, config: string): string[] => [
  process.execPath,
  LDC,
  program,
  '--config',
  config,
];

/** The store that all programs of one directory share. */
export const storeIn = (directory: string): object => ({ url: `embedded:${join(directory, 'store.db')}` });

export interface BenchControl {
  readonly process: PinnedProcess;
  /** Puts the rules of a file in force. */
  applyRules(file: string): Promise<void>;
}

/** A control process for the gateways of one directory. Rejects if it ends before it serves. */
export async function startControl(directory: string, core: number): Promise<BenchControl> {
  const secrets = fleetSecrets(directory);
  const tokens = join(directory, 'tokens.json');
  writeSecret(tokens, tokenFile(secrets));
  const config = join(directory, 'control.json');
  const listen = { port: 0 };
  const text = { node: 'control-1', realm: BENCH_REALM, store: storeIn(directory), listen, tokens, gates: {} };
  writeFileSync(config, JSON.stringify(text));
  const command = ldcCommand('control', config);
  const process = new PinnedProcess(command, { name: 'control', directory, core, tellsReady: true });
  const ports = await process.ready();
  const control = new FleetControl(`http://127.0.0.1:${Object.values(ports)[0]}`, secrets.operatorToken);
  const applyRules = async (file: string): Promise<void> => {
    await control.ensureRules(file, join(directory, 'applied.yaml'));
  };
  return { process, applyRules };
}
