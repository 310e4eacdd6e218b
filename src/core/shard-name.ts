import type { ShardId } from './ids.ts';
import { NO_SHARD, shardCount } from './shard-rule.ts';
import type { ShardRule } from './topology-document.ts';

/** Name of the one global shard. */
export const GLOBAL_SHARD_NAME = 'G';

/** How people and headers write a shard: `07` (as wide as the rule's largest), or `G`. */
export function shardName(rule: ShardRule, shard: ShardId): string {
  const count = shardCount(rule);
  if (shard === count) return GLOBAL_SHARD_NAME;
  return String(shard).padStart(String(count - 1).length, '0');
}

/** The shard of a name as `shardName` writes it, or NO_SHARD. */
export function parseShardName(rule: ShardRule, name: string): ShardId {
  const count = shardCount(rule);
  if (name === GLOBAL_SHARD_NAME) return count as ShardId;
  if (name.length !== String(count - 1).length || !/^\d+$/.test(name)) return NO_SHARD;
  const shard = Number(name);
  return shard < count ? (shard as ShardId) : NO_SHARD;
}

/** Shards as people write them: `00-19,40`. Input in ascending order. */
export function shardRanges(rule: ShardRule, shards: readonly ShardId[]): string {
  const parts: string[] = [];
  for (let start = 0; start < shards.length; ) {
    let end = start;
    while (end + 1 < shards.length && shards[end + 1] === (shards[end] as number) + 1) end += 1;
    const first = shardName(rule, shards[start] as ShardId);
    // G follows the last R shard by index, but it is no part of a range of user shards.
    if (shards[end] === shardCount(rule) && end > start) end -= 1;
    parts.push(end === start ? first : `${first}-${shardName(rule, shards[end] as ShardId)}`);
    start = end + 1;
  }
  return parts.join(',');
}
