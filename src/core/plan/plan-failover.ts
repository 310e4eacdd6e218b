import { type Demand, type Placement, placeShards, UNLIMITED_ROOM } from '../loss/place-shards.ts';
import { countShards, type ShardRun } from '../loss/shard-run.ts';
import type { Move, OperationKind } from '../operation/operation.ts';
import { eachShard, runsOf } from '../operation/runs.ts';
import type { Topology, Unit } from '../topology.ts';
import { finishPlan } from './finish-plan.ts';
import type { CopyStandIn, Homeless, PlanResult } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { usable } from './safety-rules.ts';
import { type ShardGroup, shardGroups } from './shard-group.ts';
import { shareWeights } from './share-weights.ts';
import {
  copiesOf,
  dataCentersLeft,
  hasCellIn,
  targetsOf,
  unitsWithCopy,
  without,
  writingPlace,
} from './unit-places.ts';

/** What is to be emptied, or is lost: data centers by name, a city meaning all of its own. */
export interface FailoverOrder {
  readonly dataCenters: ReadonlySet<string>;
}

/**
 * Empties data centers (docs/words.md, "What the loss of a data center means"): per unit the weights of its other cells take over,
 * or a same-city copy becomes the primary, or its shards go to remote targets with room. Only what has to move moves; data centers
 * that are down besides take nothing. Shards without a place are named, and the rule every-shard-placed then refuses the plan.
 */
export function planFailover(input: PlanInput, order: FailoverOrder): PlanResult {
  const { table, unavailable } = input;
  const { topology } = table;
  const unknown = [...order.dataCenters].find((id) => !topology.dataCenterIndex.has(id));
  if (unknown !== undefined || order.dataCenters.size === 0) return unknownDataCenter(topology, unknown ?? '');
  const down = new Set([...unavailable, ...order.dataCenters]);
  const groups = shardGroups(table);
  const touched = topology.units.filter((unit) => hasCellIn(topology, unit, order.dataCenters));
  const stay = groups.filter(({ owner, place }) => touched.includes(owner) && down.has(place.dataCenter));
  const primaries = stay.filter(({ owner }) => dataCentersLeft(topology, owner, down).length > 0);
  const gone = stay.filter(({ owner }) => dataCentersLeft(topology, owner, down).length === 0);
  const placed = placeGroups(input, groups, gone, down);
  const moves = [...primaries.map((group) => primaryMove(topology, group, groups, down)), ...placed.moves];
  const weights = touched.flatMap((unit) => listed(shareWeights(table, unit, down)));
  const standIns = standInsOf(topology, touched, down);
  if (moves.length + weights.length + standIns.length + placed.homeless.length === 0) {
    const names = [...order.dataCenters].join(', ');
    return { ok: false, reason: `nothing of ${names} takes requests that could move`, next: 'look at `ldc status`' };
  }
  return finishPlan(input, { kind: kindOf(input, moves), moves, weights, standIns, homeless: placed.homeless, down });
}

/** The data centers of a city, for a failover or failback of all of it; null: no such city. */
export function dataCentersOfCity(topology: Topology, city: string): ReadonlySet<string> | null {
  const found = topology.document.cities.find(({ id }) => id === city);
  return found === undefined ? null : new Set(found.dataCenters);
}

export function unknownDataCenter(topology: Topology, name: string): PlanResult {
  const known = topology.dataCenters.map(({ id }) => id).join(', ');
  return { ok: false, reason: `no data center ${JSON.stringify(name)} in the ruleset`, next: `take one of ${known}` };
}

function kindOf({ isEmergency }: PlanInput, moves: readonly Move[]): OperationKind {
  if (moves.length === 0) return 'shift';
  if (isEmergency) return 'emergency';
  return moves.every(({ from, to }) => from.unit === to.unit) ? 'primary' : 'move';
}

/** Same unit, a copy of the same city: where the unit writes its other shards, or the first that is left. */
function primaryMove(
  topology: Topology,
  group: ShardGroup,
  groups: readonly ShardGroup[],
  down: ReadonlySet<string>,
): Move {
  const { owner, place, shards } = group;
  const left = dataCentersLeft(topology, owner, down).map((dataCenter) => ({ unit: owner.id, dataCenter }));
  const to = writingPlace(topology, owner, groups, down) ?? place;
  return {
    shards,
    from: place,
    to,
    candidates: without(left, to),
    copies: without(copiesOf(topology, group), place, to),
  };
}

interface Placed {
  readonly moves: readonly Move[];
  readonly homeless: readonly Homeless[];
}

/** First within the head-room of every target; only if that is not enough with all of their capacity, which a rule then refuses. */
function placeGroups(
  input: PlanInput,
  groups: readonly ShardGroup[],
  gone: readonly ShardGroup[],
  down: ReadonlySet<string>,
): Placed {
  const { topology } = input.table;
  const demands = gone.map((group, index): Demand => {
    const left = unitsWithCopy(topology, group).filter((unit) => dataCentersLeft(topology, unit, down).length > 0);
    return { unit: String(index), shards: group.shards, targets: left.map(({ id }) => id) };
  });
  const careful = placeShards(
    demands,
    roomOf(topology, groups, (unit) => usable(unit.capacity, input.settings)),
  );
  const placement =
    careful.shortage === null
      ? careful
      : placeShards(
          demands,
          roomOf(topology, groups, ({ capacity }) => capacity ?? 0),
        );
  const moves = placement.moves.map(({ from, to, shards }) => {
    const group = gone[Number(from)] as ShardGroup;
    return remoteMove(topology, { ...group, shards }, to, groups, down);
  });
  return { moves, homeless: homelessOf(gone, placement, demands) };
}

function roomOf(topology: Topology, groups: readonly ShardGroup[], limit: (unit: Unit) => number): Map<string, number> {
  return new Map(
    topology.units.map((unit) => {
      const own = groups.filter(({ owner }) => owner === unit);
      const load = own.reduce((sum, { shards }) => sum + countShards(shards), 0);
      return [unit.id, unit.capacity === null ? UNLIMITED_ROOM : limit(unit) - load];
    }),
  );
}

function remoteMove(
  topology: Topology,
  group: ShardGroup,
  target: string,
  groups: readonly ShardGroup[],
  down: ReadonlySet<string>,
): Move {
  const placeOf = (unit: Unit) => writingPlace(topology, unit, groups, down);
  const unit = topology.units[topology.unitIndex.get(target) ?? -1];
  const to = (unit === undefined ? null : placeOf(unit)) ?? group.place;
  const others = unitsWithCopy(topology, group).flatMap((other) => placeOf(other) ?? []);
  const copies = without(copiesOf(topology, group), group.place, to);
  return { shards: group.shards, from: group.place, to, candidates: without(others, to), copies };
}

function homelessOf(gone: readonly ShardGroup[], placement: Placement, demands: readonly Demand[]): Homeless[] {
  return gone.flatMap((group, index): Homeless[] => {
    const placed = new Set(
      placement.moves.filter(({ from }) => from === String(index)).flatMap(({ shards }) => [...eachShard(shards)]),
    );
    const shards: ShardRun[] = runsOf([...eachShard(group.shards)].filter((shard) => !placed.has(shard)));
    if (shards.length === 0) return [];
    const targets = demands[index]?.targets ?? [];
    const unit = group.owner.id;
    const reason =
      targets.length === 0
        ? `unit ${unit} has no remote target that is alive`
        : `${countShards(shards)} shards of unit ${unit} find no room at ${targets.join(', ')}`;
    return [{ unit, shards, reason }];
  });
}

function standInsOf(topology: Topology, touched: readonly Unit[], down: ReadonlySet<string>): CopyStandIn[] {
  const isLeft = (unit: Unit): boolean => dataCentersLeft(topology, unit, down).length > 0;
  return touched
    .filter((unit) => unit.kind === 'C' && !isLeft(unit))
    .map((unit) => ({ unit: unit.id, to: targetsOf(topology, unit).find(isLeft)?.id ?? null }));
}

/** One thing or none, for flatMap. */
function listed<Thing>(thing: Thing | null): readonly Thing[] {
  return thing === null ? [] : [thing];
}
