import type { Epoch, ShardId } from '../../core/ids.ts';
import type { ShardRun } from '../../core/loss/shard-run.ts';
import type { ShardPosition } from '../../core/operation/operation.ts';
import { parseShardName, shardName } from '../../core/shard-name.ts';
import type { ShardRule } from '../../core/topology-document.ts';
import type { ShardPlace } from '../../gate/gate-contract.ts';
import { GatePosition } from '../../gate/gate-position.ts';

/** Gates call the lineage of data that was never promoted 0, the table calls it by its first epoch; nothing is granted at 1. */
const NEVER_PROMOTED = 0 as Epoch;
const FIRST_EPOCH = 1 as Epoch;

/** Runs of shards as a gate's call names them; `G` is never part of a range. */
export function shardItems(rule: ShardRule, shards: readonly ShardRun[]): string[] {
  const name = (shard: number): string => shardName(rule, shard as ShardId);
  return shards.flatMap(([from, to]) => {
    if (name(to) !== 'G') return [from === to ? name(from) : `${name(from)}-${name(to)}`];
    if (from === to) return ['G'];
    return [from === to - 1 ? name(from) : `${name(from)}-${name(to - 1)}`, 'G'];
  });
}

/** A gate's position as operations reckon with it. */
export function positionFrom(rule: ShardRule, { shard, position }: ShardPlace): ShardPosition {
  const { lineage, offset } = position.toJSON();
  return {
    shard: parseShardName(rule, shard),
    lineage: (lineage === NEVER_PROMOTED ? FIRST_EPOCH : lineage) as Epoch,
    offset,
  };
}

/** The same position on its way back to a gate. */
export function positionTo(
  rule: ShardRule,
  { shard, lineage, offset }: ShardPosition,
): { readonly shard: string; readonly position: GatePosition } {
  return { shard: shardName(rule, shard as ShardId), position: new GatePosition(lineageTo(lineage), offset) };
}

/** A lineage as gates call it. */
export function lineageTo(lineage: Epoch): Epoch {
  return lineage === FIRST_EPOCH ? NEVER_PROMOTED : lineage;
}
