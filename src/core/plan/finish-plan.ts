import { countShards } from '../loss/shard-run.ts';
import type { Move, OperationKind, WeightChange } from '../operation/operation.ts';
import { eachShard } from '../operation/runs.ts';
import type { Topology } from '../topology.ts';
import type { CopyStandIn, Homeless, Plan, PlanResult, UnitLoad } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { safetyVerdicts } from './safety-rules.ts';
import { type ShardGroup, shardGroups } from './shard-group.ts';
import { dataCentersLeft } from './unit-places.ts';

/** What moves where; everything else of a plan follows from it. */
export interface Draft {
  readonly kind: OperationKind;
  readonly moves: readonly Move[];
  readonly weights: readonly WeightChange[];
  readonly standIns?: readonly CopyStandIn[];
  readonly homeless?: readonly Homeless[];
  /** Data centers that will not count any more. */
  readonly down: ReadonlySet<string>;
}

/** Adds load, users, pause and the verdicts of all safety rules. */
export function finishPlan(input: PlanInput, draft: Draft): PlanResult {
  const { table, measured } = input;
  const { topology } = table;
  const { kind, moves, weights, standIns = [], homeless = [] } = draft;
  const groups = shardGroups(table);
  const loads = loadsOf(topology, groups, draft);
  const global = globalAfter(topology, groups, draft);
  const moved = moves.flatMap((move) => move.shards);
  const frozen = [...eachShard(moved)].filter((shard) => shard < topology.shardCount).length;
  const sources = new Set(moves.map(({ from }) => from.unit));
  const plan: Plan = {
    kind,
    moves,
    weights,
    standIns,
    homeless,
    loads,
    movedShards: countShards(moved),
    frozenShare: frozen / topology.shardCount,
    pauseMs: moves.length === 0 ? 0 : pauseMs(kind, measured, input.windowMs),
    verdicts: safetyVerdicts(input, { moves, loads, homeless, global }),
    needsAcknowledgements: topology.units.some(({ id, storeLost }) => sources.has(id) && storeLost === 'serve'),
  };
  return { ok: true, plan };
}

/** Transactions between a shard's last success and the first one after: freeze, step, grant, release; an emergency records its choice. */
function pauseMs(kind: OperationKind, times: PlanInput['measured'], windowMs: number): number {
  const { transactionMs, drainMs, gateCallMs, lagMs } = times;
  if (kind === 'emergency') return 5 * transactionMs + windowMs + 2 * gateCallMs;
  return 4 * transactionMs + Math.max(drainMs, gateCallMs) + 3 * gateCallMs + lagMs;
}

function loadsOf(topology: Topology, groups: readonly ShardGroup[], { moves, down, weights }: Draft): UnitLoad[] {
  const before = new Map<string, number>();
  for (const { owner, shards } of groups) before.set(owner.id, (before.get(owner.id) ?? 0) + countShards(shards));
  const after = new Map(before);
  for (const { from, to, shards } of moves) {
    const count = countShards(shards);
    after.set(from.unit, (after.get(from.unit) ?? 0) - count);
    after.set(to.unit, (after.get(to.unit) ?? 0) + count);
  }
  const touched = new Set([
    ...moves.flatMap(({ from, to }) => [from.unit, to.unit]),
    ...weights.map(({ unit }) => unit),
  ]);
  return topology.units
    .filter((unit) => unit.kind === 'R')
    .filter((unit) => touched.has(unit.id) || dataCentersLeft(topology, unit, down).length < unit.cells.length)
    .map(({ id, capacity }) => ({ unit: id, before: before.get(id) ?? 0, after: after.get(id) ?? 0, capacity }));
}

function globalAfter(
  topology: Topology,
  groups: readonly ShardGroup[],
  { moves, down }: Draft,
): { unit: string; isAlive: boolean } | null {
  const group = groups.find(({ shards }) => shards.some(([, to]) => to === topology.shardCount));
  if (group === undefined) return null;
  const move = moves.find(({ shards }) => shards.some(([, to]) => to === topology.shardCount));
  const unit = move === undefined ? group.owner.id : move.to.unit;
  const owner = topology.units[topology.unitIndex.get(unit) ?? -1];
  return { unit, isAlive: owner !== undefined && dataCentersLeft(topology, owner, down).length > 0 };
}
