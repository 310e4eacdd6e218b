import type { MonotonicMs } from '../../core/ids.ts';
import type { Operation } from '../../core/operation/operation.ts';
import type { ShardRule } from '../../core/topology-document.ts';
import { ApiError } from '../api-error.ts';
import type { OperationView, PlanAnswer, PlanCall } from '../api-types.ts';
import { type ControlContext, runningTable } from '../control-context.ts';
import {
  decodeOperation,
  decodeWish,
  NO_WISH,
  type OperationWish,
  operationKey,
  wishKey,
} from '../records/operation-record.ts';
import { type DrawnPlan, drawPlan, type PlanGround, type SafetyLimits } from './draw-plan.ts';
import type { GateCalls } from './gate-calls.ts';
import { largestHorizonMs, readGuardHorizons } from './guard-horizons.ts';
import type { OperationDesk } from './operation-desk.ts';
import type { OperationSettings } from './operation-settings.ts';
import { readOperations, readPolicy } from './operation-store.ts';
import { operationView } from './operation-view.ts';
import { planView } from './plan-view.ts';
import { probeDataCenters } from './probe-data-centers.ts';
import { waitingView } from './waiting-view.ts';

/** What the calls about plans and operations work with. */
export interface OperationContext extends ControlContext {
  readonly desk: OperationDesk;
  readonly gates: GateCalls;
  readonly settings: OperationSettings;
  readonly safety: SafetyLimits;
  /** Of `probeDataCenters`. */
  readonly swallowed: Map<string, MonotonicMs>;
}

export interface AnsweredPlan extends DrawnPlan {
  readonly ground: PlanGround;
  readonly answer: PlanAnswer;
}

/** Draws the plan that a call asks for on what runs now. */
export async function answerPlan(context: OperationContext, call: PlanCall): Promise<AnsweredPlan> {
  const { store, gates, edges, clock, settings, safety, swallowed } = context;
  const table = await runningTable(context);
  const aliveMs = edges.settings.aliveMs;
  const { probeMs } = settings;
  const [reaches, { policy }, { operations }, horizons] = await Promise.all([
    probeDataCenters(table, { gates, edges: edges.observation, aliveMs, clock, probeMs, swallowed }),
    readPolicy(store),
    readOperations(store),
    readGuardHorizons(store),
  ]);
  const known = operations.map(({ operation }) => operation);
  const horizonMs = largestHorizonMs(settings.horizonMs, horizons);
  const ground = { table, policy, operations: known, reaches, horizonMs, safety, wallMs: clock.wallMs() };
  const drawn = drawPlan(ground, call);
  return { ...drawn, ground, answer: planView(drawn.plan, call, { table, reaches, gates }) };
}

/** The operation as it is on record now, with what it waits for if this node knows. Throws NO_OPERATION. */
export async function answerOperation(context: OperationContext, id: string): Promise<OperationView> {
  const [rule, { operation, wish }] = await Promise.all([shardRule(context), readWithWish(context, id)]);
  return viewOf(context, operation, rule, wish);
}

export function viewOf(
  { desk, clock }: OperationContext,
  operation: Operation,
  rule: ShardRule,
  wish: OperationWish = NO_WISH,
): OperationView {
  const progress = desk.progressOf(operation.id);
  const isSame = progress?.running.operation.stepSequence === operation.stepSequence;
  const now = { monotonic: clock.monotonicMs(), wall: clock.wallMs() };
  const waiting = progress !== null && isSame ? waitingView(progress.running, progress.guards, now) : null;
  return operationView(operation, { rule, waiting, wish });
}

export async function shardRule(context: OperationContext): Promise<ShardRule> {
  return (await runningTable(context)).topology.shardRule;
}

export interface OperationReading {
  readonly operation: Operation;
  readonly version: string;
  readonly wish: OperationWish;
  /** Null: nobody asked for anything. */
  readonly wishVersion: string | null;
}

export async function readWithWish({ store }: OperationContext, id: string): Promise<OperationReading> {
  const [key, beside] = [operationKey(id), wishKey(id)];
  const { entries } = await store.read([key, beside]);
  const entry = entries.find((found) => found.key === key);
  const asked = entries.find((found) => found.key === beside);
  if (entry === undefined) throw new ApiError('NO_OPERATION', `no operation ${id} is on record`);
  return {
    operation: decodeOperation(key, entry.value),
    version: entry.version,
    wish: asked === undefined ? NO_WISH : decodeWish(beside, asked.value),
    wishVersion: asked?.version ?? null,
  };
}
