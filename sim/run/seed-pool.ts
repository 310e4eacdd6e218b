import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

export interface SeedPool<Result> {
  /** Module of a worker: gets a seed, answers with a `SeedMessage`. */
  readonly worker: URL;
  readonly data: unknown;
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  /** Told in the order in which seeds end. */
  readonly ended: (result: Result) => void;
  /** No seed is begun any more when it fires. */
  readonly signal?: AbortSignal;
}

export interface SeedMessage<Result> {
  readonly seed: number;
  readonly result?: Result;
  readonly error?: string;
}

/**
 * A world makes much that lives shortly: with room for it, little of it is ever looked at by the collector; and that works on one
 * thread, as all cores run seeds. Nothing is born old: dead requests would lie among what lives long, and keep all alive that they
 * know of until that is looked through, which is rarely. No seed means anything else by it.
 */
const HEAP_FLAGS = [
  '--min-semi-space-size=32 --max-semi-space-size=32 --initial-heap-size=512 --single-threaded-gc',
  '--no-allocation-site-pretenuring',
].join(' ');
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 96 } as const;

/** Runs seeds on several threads of this machine, each with a world of its own. Rejects when the simulator itself fails. */
export async function runPool<Result>(pool: SeedPool<Result>): Promise<void> {
  const { worker: module, data, from, seeds, jobs, ended, signal } = pool;
  let next = from;
  const end = from + seeds;
  setFlagsFromString(HEAP_FLAGS);
  const workers = Array.from(
    { length: Math.min(jobs, seeds) },
    () => new Worker(module, { workerData: data, resourceLimits: RESOURCE_LIMITS }),
  );
  const drain = (worker: Worker): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = (): void => {
        if (next >= end || signal?.aborted === true) resolve();
        else worker.postMessage(next++);
      };
      worker.on('message', ({ seed, result, error }: SeedMessage<Result>) => {
        if (result === undefined) {
          reject(new Error(`seed ${seed}: ${error}`));
          return;
        }
        ended(result);
        give();
      });
      worker.on('error', reject);
      give();
    });
  try {
    await Promise.all(workers.map(drain));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
