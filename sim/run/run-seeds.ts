import { runPool } from './seed-pool.ts';
import type { SeedResult } from './seed-run.ts';
import type { SeedWork } from './seed-worker.ts';

export interface SeedRange extends SeedWork {
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  /** Told in the order in which seeds end. */
  readonly ended: (result: SeedResult) => void;
  /** No seed is begun any more when it fires. */
  readonly signal?: AbortSignal;
}

/**
 * Runs seeds on several threads of this machine, each with a world of its own. Rejects when the simulator itself fails, or gives a seed
 * two meanings.
 */
export function runSeeds({ from, seeds, jobs, ended, signal, ...data }: SeedRange): Promise<void> {
  return runPool({
    worker: new URL('./seed-worker.ts', import.meta.url),
    data,
    from,
    seeds,
    jobs,
    ended,
    ...(signal && { signal }),
  });
}
