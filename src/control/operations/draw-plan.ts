import type { ShardId } from '../../core/ids.ts';
import type { Move, Operation } from '../../core/operation/operation.ts';
import { freezeWindowMs } from '../../core/operation/operation-deadlines.ts';
import { eachShard } from '../../core/operation/runs.ts';
import type { Plan, PlanResult } from '../../core/plan/plan.ts';
import { planFailback } from '../../core/plan/plan-failback.ts';
import { dataCentersOfCity, planFailover } from '../../core/plan/plan-failover.ts';
import { DEFAULT_TIMES, type PlanInput } from '../../core/plan/plan-input.ts';
import { planMove } from '../../core/plan/plan-move.ts';
import { planShift } from '../../core/plan/plan-shift.ts';
import { defaultSafety } from '../../core/plan/safety-rules.ts';
import type { Table } from '../../core/table.ts';
import { ApiError } from '../api-error.ts';
import type { DataCenterReachView, PlanCall } from '../api-types.ts';
import type { PolicyRecord } from '../records/policy-record.ts';
import { unavailable } from './probe-data-centers.ts';
import { parseShards } from './shard-runs.ts';

/** Limits for all operations of the realm (`safety` in docs/configuration.md). */
export interface SafetyLimits {
  /** Percent of a unit's capacity that stays free; default 0. */
  readonly headRoomPercent: number;
  /** Most shards that move at once; default 0: half of the realm's. */
  readonly movingShards: number;
  /** Least time between two operations on one shard in milliseconds; default 0. */
  readonly quietMs: number;
}

export const SAFETY_DEFAULTS: SafetyLimits = { headRoomPercent: 0, movingShards: 0, quietMs: 0 };

/** What a plan is drawn from, all of it read for this call. */
export interface PlanGround {
  readonly table: Table;
  readonly policy: PolicyRecord;
  readonly operations: readonly Operation[];
  readonly reaches: ReadonlyMap<string, DataCenterReachView>;
  /** The largest L of control and guards, ms. */
  readonly horizonMs: number;
  readonly safety: SafetyLimits;
  readonly wallMs: number;
}

export interface DrawnPlan {
  readonly plan: Plan;
  /** IDs of the operations whose target was lost before their release, and which this emergency replaces. */
  readonly supersedes: readonly string[];
}

/** Throws PLAN_IMPOSSIBLE with what to do, or CALL_INVALID. Rules that refuse are verdicts of the plan. */
export function drawPlan(ground: PlanGround, call: PlanCall): DrawnPlan {
  const stuck = isEmergency(call) ? supersededBy(ground) : [];
  const table = withoutNames(ground.table, stuck);
  const result = answer(inputOf({ ...ground, table }, call), ground, call);
  if (!result.ok) {
    const refusal = { verdicts: [], next: result.next };
    throw new ApiError('PLAN_IMPOSSIBLE', `${result.reason}; ${result.next}`, { refusal });
  }
  checkOverrides(call, result.plan);
  const { operation } = ground.table.shards;
  const held = new Set(
    [...eachShard(result.plan.moves.flatMap(({ shards }) => shards))].map((shard) => operation.get(shard)),
  );
  return { plan: result.plan, supersedes: stuck.filter((id) => held.has(id)) };
}

function answer(input: PlanInput, { table, wallMs }: PlanGround, call: PlanCall): PlanResult {
  switch (call.kind) {
    case 'failover':
      return planFailover(input, { dataCenters: placesOf(table, call) });
    case 'failback':
      return planFailback(input, { dataCenters: placesOf(table, call) });
    case 'move':
      return planMove(input, { shards: parseShards(table.topology.shardRule, call.shards), to: call.to });
    case 'shift': {
      const { unit, weights, forMs = null } = call;
      return planShift(input, { unit, weights, expiresAt: forMs === null ? null : wallMs + forMs });
    }
  }
}

function inputOf(ground: PlanGround, call: PlanCall): PlanInput {
  const { table, policy, reaches, horizonMs, safety } = ground;
  const { movingShards } = safety.movingShards === 0 ? defaultSafety(table) : safety;
  const isForbidden = policy.freezeAll.on;
  return {
    table,
    unavailable: unavailable(reaches),
    isEmergency: isEmergency(call),
    settings: { ...safety, movingShards, isForbidden },
    measured: DEFAULT_TIMES,
    windowMs: freezeWindowMs(horizonMs),
    sinceOperationMs: sinceOperation(ground),
    overridden: call.overrides ?? [],
  };
}

function isEmergency(call: PlanCall): boolean {
  return (call.kind === 'failover' || call.kind === 'move') && call.emergency === true;
}

function checkOverrides({ overrides = [] }: PlanCall, { verdicts }: Plan): void {
  const known: readonly string[] = verdicts.map(({ rule }) => rule);
  const strange = overrides.find((rule) => !known.includes(rule));
  if (strange !== undefined)
    throw new ApiError('CALL_INVALID', `overrides: there is no rule ${strange}; rules are ${known.join(', ')}`);
}

function placesOf(
  { topology }: Table,
  { dataCenter, city }: { readonly dataCenter?: string; readonly city?: string },
): ReadonlySet<string> {
  if ((dataCenter === undefined) === (city === undefined))
    throw new ApiError('CALL_INVALID', 'name either dataCenter or city, one of them');
  if (dataCenter !== undefined) return new Set([dataCenter]);
  const found = dataCentersOfCity(topology, city ?? '');
  if (found !== null) return found;
  const next = `cities are ${topology.document.cities.map(({ id }) => id).join(', ')}`;
  const refusal = { verdicts: [], next };
  throw new ApiError('PLAN_IMPOSSIBLE', `no city ${JSON.stringify(city)} in the ruleset; ${next}`, { refusal });
}

/** By the records' wall clocks: good enough to keep people from moving a shard to and fro. */
function sinceOperation({ operations, wallMs }: PlanGround): Map<number, number> {
  const since = new Map<number, number>();
  for (const operation of operations) {
    const endedAt = operation.results.at(-1)?.endedAt;
    if (operation.freezeEpoch === null || endedAt === undefined) continue;
    const ms = Math.max(0, wallMs - endedAt);
    for (const shard of shardsOf(operation)) since.set(shard, Math.min(since.get(shard) ?? ms, ms));
  }
  return since;
}

/** Operations that granted their shards and cannot promote them, because the target's gate does not answer. */
function supersededBy({ operations, reaches }: PlanGround): string[] {
  const isLost = ({ to }: Move): boolean => reaches.get(to.dataCenter)?.gate?.answers === false;
  return operations
    .filter(({ outcome, step, moves }) => outcome === null && step === 'promote' && moves.some(isLost))
    .map(({ id }) => id);
}

function withoutNames(table: Table, ids: readonly string[]): Table {
  if (ids.length === 0) return table;
  const shards = table.shards.copy();
  for (const [shard, id] of table.shards.operation) {
    if (ids.includes(id)) shards.fill(shard, shard, { ...shards.at(shard as ShardId), operation: null });
  }
  return { ...table, shards };
}

function shardsOf({ moves }: Operation): number[] {
  return [...eachShard(moves.flatMap(({ shards }) => shards))];
}
