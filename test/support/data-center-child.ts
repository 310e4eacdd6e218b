import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RunningInstance } from '../../src/reference-unit/data-center-process.ts';
import type { DataCenterCellsOptions, Peer } from '../../src/reference-unit/process-options.ts';
import { PEER_TOKEN } from './ledger-cells.ts';

export interface DataCenterChild {
  readonly dataCenter: string;
  readonly url: string;
  readonly instances: readonly RunningInstance[];
  setPeers(peers: readonly Peer[]): void;
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Kills and waits until it is gone. */
  kill(): Promise<void>;
  /** Ends it in order and waits for that. */
  stop(): Promise<number | null>;
}

const PROGRAM = fileURLToPath(new URL('./data-center-program.ts', import.meta.url));

type ChildOptions = Partial<DataCenterCellsOptions> & { readonly dataCenter: string; readonly directory: string };

/** Starts data-center-program.ts and waits for its addresses; killed with the test. */
export async function startDataCenterChild(test: TestContext, options: ChildOptions): Promise<DataCenterChild> {
  const text = JSON.stringify({ peerToken: PEER_TOKEN, ...options });
  const child = spawn(process.execPath, [PROGRAM, text], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  test.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout });
  const [first] = await Promise.race([
    once(lines, 'line'),
    ended.then(() => Promise.reject(new Error(`${options.dataCenter} ended before it was ready`))),
  ]);
  const { url, instances } = JSON.parse(String(first));
  return {
    dataCenter: options.dataCenter,
    url,
    instances,
    setPeers: (peers) => void child.stdin.write(`${JSON.stringify(peers)}\n`),
    signal: (name) => void child.kill(name),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: async () => {
      child.stdin.end();
      const [code] = await ended;
      return code;
    },
  };
}
