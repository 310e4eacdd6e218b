import { parentPort, workerData } from 'node:worker_threads';
import type { TopologyDocument } from '../../src/core/topology-document.ts';
import { runTwice } from './run-twice.ts';
import { runSeed } from './seed-run.ts';

/** One of several that share the seeds: runs those it is told, one after the other. */
export interface SeedWork {
  readonly topology: TopologyDocument;
  readonly faultsMs?: number;
  /** Each seed once only; default false: twice, and the hashes are compared. */
  readonly isOnce?: boolean;
}

const { topology, faultsMs, isOnce } = workerData as SeedWork;
const run = isOnce === true ? runSeed : runTwice;

parentPort?.on('message', (seed: number) => {
  run({ seed, topology, ...(faultsMs !== undefined && { faultsMs }) }).then(
    (result) => parentPort?.postMessage({ seed, result }),
    (error: Error) => parentPort?.postMessage({ seed, error: error.stack ?? String(error) }),
  );
});
