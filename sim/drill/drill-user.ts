import { parseShards } from '../../src/control/operations/shard-runs.ts';
import type { ShardId } from '../../src/core/ids.ts';
import { eachShard } from '../../src/core/operation/runs.ts';
import { GLOBAL_SHARD_NAME, shardName } from '../../src/core/shard-name.ts';
import type { ShardRule } from '../../src/core/topology-document.ts';
import type { DoorCall } from './doors.ts';

/** Whose ledger a request is about. */
export interface DrillUser {
  /** Null: the one account of the global shard. */
  readonly userId: string | null;
  readonly shard: string;
}

/**
 * One user for each shard of a group, in turn. The first digits tell groups apart, so that two groups on the same shards do not share
 * accounts; the rule must be one of digits.
 */
export function drillUsers(rule: ShardRule, shards: string, groupIndex: number): readonly DrillUser[] {
  const tail = rule.name === 'digits/1' ? '0'.repeat(rule.fromEnd) : '';
  return [...eachShard(parseShards(rule, shards))].map((index) => {
    const shard = shardName(rule, index as ShardId);
    return { shard, userId: shard === GLOBAL_SHARD_NAME ? null : `${7000 + groupIndex}${shard}${tail}` };
  });
}

/** Path of the user's ledger: `/ledger`, `/global/ledger`. */
export function ledgerPath({ userId }: DrillUser): string {
  return userId === null ? '/global/ledger' : '/ledger';
}

export function userHeaders({ userId }: DrillUser): Record<string, string> {
  return userId === null ? {} : { 'x-user-id': userId };
}

/** What a client asks for to see the user's balance; where, and for how long it waits, is the caller's to say. */
export function balanceCall(user: DrillUser): Omit<DoorCall, 'dataCenter' | 'timeoutMs'> {
  return { method: 'GET', path: `${ledgerPath(user)}/balance`, headers: userHeaders(user), body: null };
}
