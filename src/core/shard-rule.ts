import type { ShardId } from './ids.ts';
import type { ShardRule } from './topology-document.ts';
import { crc32 } from './utf8-hash.ts';

/** User IDs are strings of 1–64 UTF-16 units, never numbers: 9007199254740993 must not become …992. */
export const USER_ID_MAX_LENGTH = 64;

/** `shardOf` found no shard: the ID is too short, too long, or has no digits where the rule reads them. */
export const NO_SHARD = -1 as ShardId;

/** Number of R shards under a rule: 10, 100, 1,000 or 10,000 for digits, 2–65,536 for the hash. */
export function shardCount(rule: ShardRule): number {
  return rule.name === 'digits/1' ? 10 ** rule.digits : rule.shards;
}

/**
 * The shard of a user ID, or NO_SHARD. The definitions are published and never change under one name
 * (golden vectors: rules/vectors/), so that applications and databases compute the same:
 *
 * - `digits/1`: of the ID's characters, leave out the last `fromEnd`, take the `digits` before them; all must be ASCII
 *   digits; their decimal value is the shard. `fromEnd: 0, digits: 2` reads `12345666` as 66; Ant's other convention, the
 *   second and third digit from the end, is `fromEnd: 1, digits: 2`.
 * - `hash/1`: CRC-32/ISO-HDLC of the ID's UTF-8 bytes, modulo the number of shards.
 */
export function shardOf(rule: ShardRule, userId: string): ShardId {
  if (userId.length === 0 || userId.length > USER_ID_MAX_LENGTH) return NO_SHARD;
  if (rule.name === 'hash/1') return (crc32(userId) % rule.shards) as ShardId;
  const end = userId.length - rule.fromEnd;
  const start = end - rule.digits;
  if (start < 0) return NO_SHARD;
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const digit = userId.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return NO_SHARD;
    value = value * 10 + digit;
  }
  return value as ShardId;
}

/** What the rule asks of a user ID, in words for an error message. */
export function shardRuleInWords(rule: ShardRule): string {
  if (rule.name === 'hash/1') return `CRC-32 of the user ID modulo ${rule.shards}`;
  const place = rule.fromEnd === 0 ? 'the last' : `before the last ${rule.fromEnd} characters, the`;
  return `${place} ${rule.digits} digit${rule.digits === 1 ? '' : 's'} of the user ID`;
}
