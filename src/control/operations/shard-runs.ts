import type { ShardId } from '../../core/ids.ts';
import type { ShardRun } from '../../core/loss/shard-run.ts';
import { eachShard, runsOf } from '../../core/operation/runs.ts';
import { parseShardName, shardName, shardRanges } from '../../core/shard-name.ts';
import { NO_SHARD, shardCount } from '../../core/shard-rule.ts';
import type { ShardRule } from '../../core/topology-document.ts';
import { ApiError } from '../api-error.ts';

/** `00-09,40,G` as runs; throws CALL_INVALID that names the part that is none. */
export function parseShards(rule: ShardRule, text: string): ShardRun[] {
  const shards: number[] = [];
  const last = shardName(rule, (shardCount(rule) - 1) as ShardId);
  for (const part of text.split(',')) {
    const [first = '', end = first, ...more] = part.trim().split('-');
    const [from, to] = [parseShardName(rule, first), parseShardName(rule, end)];
    if (more.length > 0 || from === NO_SHARD || to === NO_SHARD || from > to) {
      const allowed = `shards are ${shardName(rule, 0 as ShardId)} to ${last}, ranges like 00-09, and G`;
      throw new ApiError('CALL_INVALID', `shards: ${JSON.stringify(part)} names no shards; ${allowed}`);
    }
    shards.push(...eachShard([[from, to]]));
  }
  return runsOf(shards);
}

/** Runs as people write them, and how many shards they are. */
export function shardsView(
  rule: ShardRule,
  runs: readonly ShardRun[],
): { readonly shards: string; readonly count: number } {
  const sorted = [...eachShard(runsOf(eachShard(runs)))] as ShardId[];
  return { shards: shardRanges(rule, sorted), count: sorted.length };
}
