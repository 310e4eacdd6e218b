import { countShards, type ShardRun } from '../loss/shard-run.ts';
import type { Move } from '../operation/operation.ts';
import { placeKey } from '../operation/operation.ts';
import { eachShard, runsOf } from '../operation/runs.ts';
import type { Topology } from '../topology.ts';
import { finishPlan } from './finish-plan.ts';
import type { PlanResult } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { type ShardGroup, shardGroups } from './shard-group.ts';
import { copiesOf, unitsWithCopy, without, writingPlace } from './unit-places.ts';

export interface MoveOrder {
  readonly shards: readonly ShardRun[];
  readonly to: string;
}

/** Moves shards to a unit that has a copy of them. Shards that are there already stay, without a freeze. */
export function planMove(input: PlanInput, order: MoveOrder): PlanResult {
  const { table, unavailable: down } = input;
  const { topology } = table;
  const target = topology.units[topology.unitIndex.get(order.to) ?? -1];
  if (target === undefined) return unknownUnit(topology, order.to);
  const outside = [...eachShard(order.shards)].find((shard) => shard < 0 || shard > topology.shardCount);
  if (outside !== undefined || order.shards.length === 0) {
    return no(`there is no shard ${outside ?? 'named'}`, `shards are 0 to ${topology.shardCount - 1}, and G`);
  }
  const groups = shardGroups(table);
  const to = writingPlace(topology, target, groups, down);
  if (to === null) return no(`no data center of unit ${target.id} is up`, 'bring one back, or take another unit');
  const moves: Move[] = [];
  for (const group of groups) {
    const shards = commonShards(group.shards, order.shards);
    if (shards.length === 0 || group.owner === target) continue;
    const wrong = cannotTake(topology, group, order.to);
    if (wrong !== null) return wrong;
    const copies = without(copiesOf(topology, group), group.place, to);
    moves.push({ shards, from: group.place, to, candidates: [], copies });
  }
  if (moves.length === 0) return no(`unit ${target.id} owns these shards already`, 'nothing has to be done');
  const away = target.capacity === null ? 0 : overflow(groups, moves, target.id) - target.capacity;
  if (away > 0) {
    return no(
      `unit ${target.id} has a capacity of ${target.capacity} shards and would have ${away} more than that`,
      'move fewer shards, or raise `capacity` in the ruleset',
    );
  }
  return finishPlan(input, { kind: input.isEmergency ? 'emergency' : 'move', moves, weights: [], down });
}

export function unknownUnit(topology: Topology, name: string): PlanResult {
  const known = topology.units.map(({ id }) => id).join(', ');
  return no(`no unit ${JSON.stringify(name)} in the ruleset`, `take one of ${known}`);
}

/** A unit without a copy would begin with nothing; one of another kind serves other routes. */
function cannotTake(topology: Topology, group: ShardGroup, to: string): PlanResult | null {
  const able = unitsWithCopy(topology, group).map(({ id }) => id as string);
  if (able.includes(to)) return null;
  const wanted = `take one of ${able.join(', ') || 'none'}, or name ${to} in \`remoteTargets\` of ${group.owner.id}`;
  return no(`unit ${to} has no copy of shards of ${placeKey(group.place)}`, wanted);
}

function commonShards(a: readonly ShardRun[], b: readonly ShardRun[]): ShardRun[] {
  const wanted = new Set(eachShard(b));
  return runsOf([...eachShard(a)].filter((shard) => wanted.has(shard)));
}

function overflow(groups: readonly ShardGroup[], moves: readonly Move[], unit: string): number {
  const has = groups.filter(({ owner }) => owner.id === unit).reduce((sum, { shards }) => sum + countShards(shards), 0);
  return moves.reduce((sum, { shards }) => sum + countShards(shards), has);
}

function no(reason: string, next: string): PlanResult {
  return { ok: false, reason, next };
}
