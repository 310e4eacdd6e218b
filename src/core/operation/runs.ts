import type { ShardRun } from '../loss/shard-run.ts';

/** The shards of some runs, one by one. */
export function* eachShard(runs: readonly ShardRun[]): Iterable<number> {
  for (const [from, to] of runs) for (let shard = from; shard <= to; shard += 1) yield shard;
}

/** Shards in any order as runs in ascending order, each shard once. */
export function runsOf(shards: Iterable<number>): ShardRun[] {
  const runs: [number, number][] = [];
  for (const shard of [...new Set(shards)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === shard - 1) last[1] = shard;
    else runs.push([shard, shard]);
  }
  return runs;
}
