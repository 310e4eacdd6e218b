import { isSuccess, type LoadAnswer } from './load-answer.ts';

/** A freeze of some shards, and the grant that ended it. */
export interface Freeze {
  readonly shards: ReadonlySet<string>;
  /** On the clock of the answers. */
  readonly frozenAt: number;
  /** Epoch at which the shards were granted. */
  readonly grantEpoch: number;
}

/**
 * Pause of each shard in ms: from its last success that was complete before the freeze to its first success under the grant.
 * No pause can be seen shorter than the time between two requests of the shard. A shard without a success on one side: infinite.
 */
export function shardPauses(answers: Iterable<LoadAnswer>, freeze: Freeze): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  const first = new Map<string, number>();
  for (const answer of answers) {
    const { shard, doneAt, epoch } = answer;
    if (!freeze.shards.has(shard) || !isSuccess(answer)) continue;
    if (doneAt <= freeze.frozenAt) last.set(shard, Math.max(doneAt, last.get(shard) ?? doneAt));
    else if (epoch !== null && epoch >= freeze.grantEpoch)
      first.set(shard, Math.min(doneAt, first.get(shard) ?? doneAt));
  }
  const pause = (shard: string): number => {
    const [from, to] = [last.get(shard), first.get(shard)];
    return from === undefined || to === undefined ? Number.POSITIVE_INFINITY : to - from;
  };
  return new Map([...freeze.shards].map((shard): [string, number] => [shard, pause(shard)]));
}

/** The longest that a client waited for an answer, from when its request was due, of requests that were open after `from`. */
export function longestWait(answers: Iterable<LoadAnswer>, from: number, to: number): number {
  let longest = 0;
  for (const { dueAt, doneAt } of answers)
    if (doneAt >= from && dueAt <= to) longest = Math.max(longest, doneAt - dueAt);
  return longest;
}
