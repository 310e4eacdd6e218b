/** Consecutive shards, both ends included. Lists of runs are in ascending order and do not overlap. */
export type ShardRun = readonly [from: number, to: number];

export function countShards(runs: readonly ShardRun[]): number {
  return runs.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/** The first `count` shards, and the others. */
export function splitShards(
  runs: readonly ShardRun[],
  count: number,
): { readonly first: readonly ShardRun[]; readonly others: readonly ShardRun[] } {
  const first: ShardRun[] = [];
  const others: ShardRun[] = [];
  let wanted = count;
  for (const [from, to] of runs) {
    const taken = Math.min(wanted, to - from + 1);
    wanted -= taken;
    if (taken > 0) first.push([from, from + taken - 1]);
    if (from + taken <= to) others.push([from + taken, to]);
  }
  return { first, others };
}
