import type { Move, Place, WeightChange } from '../operation/operation.ts';
import { placeKey } from '../operation/operation.ts';
import type { Unit } from '../topology.ts';
import { finishPlan } from './finish-plan.ts';
import type { PlanResult } from './plan.ts';
import { type FailoverOrder, unknownDataCenter } from './plan-failover.ts';
import type { PlanInput } from './plan-input.ts';
import { type ShardGroup, shardGroups } from './shard-group.ts';
import { shareWeights } from './share-weights.ts';
import { copiesOf, dataCentersLeft, hasCellIn, without, writingPlace } from './unit-places.ts';

/**
 * Everything of the units with a cell in these data centers back to what the ruleset says: shards home, primaries home,
 * overrides gone. What cannot go all the way, because another data center of the unit is still down, goes as far as it can.
 */
export function planFailback(input: PlanInput, order: FailoverOrder): PlanResult {
  const { table, unavailable: down } = input;
  const { topology } = table;
  const unknown = [...order.dataCenters].find((id) => !topology.dataCenterIndex.has(id));
  if (unknown !== undefined || order.dataCenters.size === 0) return unknownDataCenter(topology, unknown ?? '');
  const dead = [...order.dataCenters].find((id) => down.has(id));
  if (dead !== undefined) {
    return { ok: false, reason: `data center ${dead} is down`, next: 'bring it back first, then look at `ldc status`' };
  }
  const touched = topology.units.filter((unit) => hasCellIn(topology, unit, order.dataCenters));
  const moves = shardGroups(table)
    .filter(({ home }) => home !== null && touched.includes(home))
    .flatMap((group) => listed(homeMove(input, group)));
  const weights = touched.flatMap((unit) => listed(ruledWeights(input, unit)));
  if (moves.length + weights.length === 0) {
    const names = [...order.dataCenters].join(', ');
    return { ok: false, reason: `everything of ${names} is at home already`, next: 'nothing has to be done' };
  }
  const kind = moves.length === 0 ? 'shift' : 'failback';
  return finishPlan({ ...input, isEmergency: false }, { kind, moves, weights, down });
}

function homeMove({ table, unavailable }: PlanInput, group: ShardGroup): Move | null {
  const { topology } = table;
  const { home, place, shards } = group;
  // No groups are given: home is what the ruleset says, not where the unit writes now.
  const to: Place | null = home === null ? null : writingPlace(topology, home, [], unavailable);
  if (to === null || placeKey(to) === placeKey(place)) return null;
  return { shards, from: place, to, candidates: [], copies: without(copiesOf(topology, group), place, to) };
}

/** No override, unless a cell is still down; null if nothing changes. */
function ruledWeights({ table, unavailable }: PlanInput, unit: Unit): WeightChange | null {
  const { topology, overrides } = table;
  const isWhole =
    dataCentersLeft(topology, unit, unavailable).length === dataCentersLeft(topology, unit, new Set()).length;
  if (!isWhole) {
    const ruled = { ...table, cellsOfUnit: topology.units.map(({ cells }) => cells) };
    const wanted = shareWeights(ruled, unit, unavailable);
    const inForce = table.cellsOfUnit[unit.index] ?? [];
    return inForce.every(({ id, weight }) => wanted?.weights?.[id] === weight) ? null : wanted;
  }
  if (!overrides.some((override) => override.unit === unit.id)) return null;
  return { unit: unit.id, weights: null, expiresAt: null };
}

/** One thing or none, for flatMap. */
function listed<Thing>(thing: Thing | null): readonly Thing[] {
  return thing === null ? [] : [thing];
}
