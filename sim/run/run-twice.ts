import { NotDeterministic } from './not-deterministic.ts';
import { runSeed, type SeedOptions, type SeedResult } from './seed-run.ts';

/** Runs a seed twice and compares the hashes of all that happened; throws NotDeterministic. The result is that of the first run. */
export async function runTwice(
  options: SeedOptions,
  run: (options: SeedOptions) => Promise<SeedResult> = runSeed,
): Promise<SeedResult> {
  const first = await run(options);
  const second = await run(options);
  if (first.hash !== second.hash) throw new NotDeterministic(options.seed, first, second);
  return first;
}
