/** A piece of work to be measured. */
export interface Work {
  /** Runs in one round; enough that a round is much longer than a tick of the processor's time (1–4 ms). */
  readonly repeats: number;
  /** Operations in one run: what a time is divided by. */
  readonly operations: number;
  /** What it returns is looked at, so that the engine cannot leave the work out. Throws if the work went wrong. */
  run(): number;
}

/** Times of one operation, a value for each round, in milliseconds. */
export interface RoundTimes {
  readonly clockMs: number[];
  /** Processor time of this thread alone: helper threads of the engine (garbage collection, compilation) do not count. */
  readonly processorMs: number[];
}

/**
 * Runs every piece `warmUps` rounds unmeasured and `rounds` rounds measured, one round of each after the other: a busy
 * minute of the machine then falls on all of them, not on one.
 */
export function measureRounds(
  works: ReadonlyMap<string, Work>,
  { warmUps, rounds }: { readonly warmUps: number; readonly rounds: number },
): Map<string, RoundTimes> {
  const times = new Map(
    [...works.keys()].map((name): [string, RoundTimes] => [name, { clockMs: [], processorMs: [] }]),
  );
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const [name, work] of works) {
      const { clockMs, processorMs } = timed(work);
      if (round < 0) continue;
      times.get(name)?.clockMs.push(clockMs);
      times.get(name)?.processorMs.push(processorMs);
    }
  }
  return times;
}

function timed(work: Work): { readonly clockMs: number; readonly processorMs: number } {
  const processor = process.threadCpuUsage();
  const begin = performance.now();
  let outcome = 0;
  for (let run = 0; run < work.repeats; run += 1) outcome += work.run();
  const clockMs = performance.now() - begin;
  const { user, system } = process.threadCpuUsage(processor);
  if (!Number.isFinite(outcome)) throw new Error(`a piece of work returned ${outcome}: its outcome cannot be checked`);
  const operations = work.repeats * work.operations;
  return { clockMs: clockMs / operations, processorMs: (user + system) / 1_000 / operations };
}
