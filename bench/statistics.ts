/** What several rounds of one measurement say. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

/** Median, least and greatest. Of an even number of values the median is the mean of the middle two. Throws on none. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('no values to take a median of');
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted.length >> 1;
  const lower = sorted.length % 2 === 0 ? upper - 1 : upper;
  return {
    median: ((sorted[lower] as number) + (sorted[upper] as number)) / 2,
    min: sorted[0] as number,
    max: sorted.at(-1) as number,
    rounds: sorted.length,
  };
}

/** The least of the values that `share` percent of all are not above (nearest rank); `sorted` ascending. Throws on none. */
export function percentile(sorted: readonly number[], share: number): number {
  const rank = Math.max(1, Math.ceil((share / 100) * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError(`no value at ${share} % of ${sorted.length} values`);
  return value;
}
