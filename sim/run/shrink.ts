import type { SeedOptions, SeedResult } from './seed-run.ts';

export interface Shrunk {
  /** The violation with the fewest faults and commands that were found. */
  readonly result: SeedResult;
  /** IDs of what is left. */
  readonly kept: readonly string[];
  /** How many runs that took. */
  readonly runs: number;
}

export interface ShrinkParts {
  run(options: SeedOptions): Promise<SeedResult>;
  /** Most runs that are spent. */
  readonly mostRuns: number;
}

/**
 * Leaves out faults and commands of a seed as long as the same statement is still violated: first those after the violation, then by
 * halves, quarters, … down to single ones (Zeller's ddmin, 2002). What is left need not be the smallest set, but no single one
 * of it can be left out.
 */
export async function shrink(options: SeedOptions, found: SeedResult, parts: ShrinkParts): Promise<Shrunk> {
  let kept: readonly string[] = found.planned;
  let best = found;
  let runs = 0;
  const tryOnly = async (wanted: readonly string[]): Promise<boolean> => {
    if (runs >= parts.mostRuns) return false;
    runs += 1;
    const chosen = new Set(wanted);
    const without = new Set(found.planned.filter((id) => !chosen.has(id)));
    const result = await parts.run({ ...options, without });
    if (result.violation?.checker !== found.violation?.checker) return false;
    kept = wanted;
    best = result;
    return true;
  };
  await tryOnly([]);
  for (let parts = 2; kept.length > 0 && parts <= Math.max(2, kept.length); ) {
    const size = Math.ceil(kept.length / parts);
    let isSmaller = false;
    for (let from = 0; from < kept.length && !isSmaller; from += size)
      isSmaller = await tryOnly([...kept.slice(0, from), ...kept.slice(from + size)]);
    if (isSmaller) parts = Math.max(2, parts - 1);
    else if (size === 1) break;
    else parts = Math.min(kept.length, parts * 2);
  }
  return { result: best, kept, runs };
}
