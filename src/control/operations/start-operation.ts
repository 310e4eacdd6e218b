import type { ShardRun } from '../../core/loss/shard-run.ts';
import { newOperation, type Operation, type Place, placeKey } from '../../core/operation/operation.ts';
import { eachShard, runsOf } from '../../core/operation/runs.ts';
import type { Table } from '../../core/table.ts';
import type { ShardRule } from '../../core/topology-document.ts';
import { sha256 } from '../../store/records/digest.ts';
import { ApiError } from '../api-error.ts';
import type { PlanAnswer, StartAnswer, StartCall } from '../api-types.ts';
import type { Principal } from '../auth/token-list.ts';
import { allows } from '../auth/token-list.ts';
import { conflictView } from '../change-log.ts';
import { ADMISSION_KEY, decodeOperation, encodeOperation, operationKey } from '../records/operation-record.ts';
import { POLICY_KEY } from '../records/policy-record.ts';
import { checkFree, refuse } from './check-free.ts';
import { type AnsweredPlan, answerPlan, type OperationContext, shardRule, viewOf } from './operation-context.ts';
import { deadlinesOf } from './operation-settings.ts';
import { parseShards } from './shard-runs.ts';
import { isAmbiguous } from './store-fault.ts';

/** Other writers may come between our reading and our transaction this often. */
const ATTEMPTS = 10;
const KEY = /^[A-Za-z0-9_-]{8,64}$/;

/**
 * Puts an operation on record; the leader carries it out. The Idempotency-Key names it, so the same call again finds it. The plan
 * is drawn once more on what runs now, and has to be the same by value: else CONFLICT with what changed.
 */
export async function startOperation(
  context: OperationContext,
  call: StartCall,
  idempotencyKey: string | null,
  principal: Principal,
): Promise<StartAnswer> {
  if (idempotencyKey === null || !KEY.test(idempotencyKey)) {
    const seen = idempotencyKey === null ? 'there is none' : 'it is not 8 to 64 letters, digits, _ and -';
    throw new ApiError('IDEMPOTENCY_KEY', `Idempotency-Key: ${seen}`);
  }
  const id = `op-${sha256(`${principal.name}\n${idempotencyKey}`).slice(0, 12)}`;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const known = await findStarted(context, id, call);
    if (known !== null) return { outcome: 'again', operation: viewOf(context, known, await shardRule(context)) };
    const operation = await tryStart(context, call, id, principal).catch(async (error: unknown) => {
      // The same call may have been started meanwhile, and then it is what stands in its own way.
      if (error instanceof ApiError && (await findStarted(context, id, call)) !== null) return null;
      throw error;
    });
    if (operation === null) continue;
    context.desk.nudge();
    return { outcome: 'started', operation: viewOf(context, operation, await shardRule(context)) };
  }
  throw new ApiError('STORE_OVERLOADED', `other operations were put on record ${ATTEMPTS} times meanwhile`, {}, 1);
}

/** The operation that the key stands for; throws IDEMPOTENCY_KEY if it was started for something else. */
async function findStarted(context: OperationContext, id: string, call: StartCall): Promise<Operation | null> {
  const key = operationKey(id);
  const [entry] = (await context.store.read([key])).entries;
  if (entry === undefined) return null;
  const operation = decodeOperation(key, entry.value);
  if (isSameOrder(operation, call, await shardRule(context))) return operation;
  throw new ApiError('IDEMPOTENCY_KEY', `it started operation ${id} before, which is another one`);
}

/** By what an operation keeps for its whole life: an emergency may choose other targets meanwhile. */
function isSameOrder(operation: Operation, { plan, reason = '' }: StartCall, rule: ShardRule): boolean {
  const { kind, isEmergency, moves, weights } = operation;
  const told = (shards: readonly ShardRun[], targets: readonly { readonly to: Place }[]): string =>
    JSON.stringify([runsOf(eachShard(shards)), isEmergency ? [] : targets.map(({ to }) => placeKey(to)).sort()]);
  const asked = told(
    plan.moves.flatMap(({ shards }) => parseShards(rule, shards)),
    plan.moves,
  );
  const known = told(
    moves.flatMap(({ shards }) => shards),
    moves,
  );
  const isSame = asked === known && weightsInOrder(plan.weights) === weightsInOrder(weights);
  return isSame && kind === plan.kind && operation.reason === reason;
}

/** Null: something that was compared changed meanwhile. */
async function tryStart(
  context: OperationContext,
  call: StartCall,
  id: string,
  principal: Principal,
): Promise<Operation | null> {
  const { store } = context;
  const guarded = [ADMISSION_KEY, POLICY_KEY];
  // Read before the plan: what the plan saw is not older than these.
  const { entries } = await store.read(guarded);
  const version = (key: string): string | null => entries.find((entry) => entry.key === key)?.version ?? null;
  const drawn = await answerPlan(context, call.plan.call);
  await checkSame(context, call.plan, drawn);
  checkAllowed(drawn, principal);
  checkFree(drawn);
  const operation = orderOf(context, call, drawn, id, principal);
  const conditions = [
    { key: operationKey(id), version: null },
    ...guarded.map((key) => ({ key, version: version(key) })),
  ];
  const admission = JSON.stringify({ format: 1, last: id });
  const writes = [
    { key: operationKey(id), value: encodeOperation(operation) },
    { key: ADMISSION_KEY, value: admission },
  ];
  try {
    const result = await store.transact(conditions, writes);
    // The table is not compared: the freeze does, and refuses what is not as the plan expects.
    return result.kind === 'committed' ? operation : null;
  } catch (error) {
    // Not looked up here: the caller sends the same key again, and that look is later than any late commit it could miss.
    if (isAmbiguous(error)) throw new ApiError('OPERATION_UNKNOWN', (error as Error).message, {}, 1);
    throw error;
  }
}

/** By value: a change of the table that leaves this plan as it was does not matter. */
async function checkSame(
  context: OperationContext,
  wanted: PlanAnswer,
  { answer, ground }: AnsweredPlan,
): Promise<void> {
  const { table } = ground;
  const isSame = wanted.incarnation === answer.incarnation && essence(wanted) === essence(answer);
  if (isSame) return;
  const conflict = await conflictView(context.store, wanted.epoch, table);
  const why =
    wanted.epoch === table.epoch
      ? 'other data centers answer now than when it was planned'
      : `planned on epoch ${wanted.epoch}, epoch ${table.epoch} runs`;
  throw new ApiError('CONFLICT', `the same question has another plan now: ${why}`, { conflict });
}

function weightsInOrder(changes: readonly { readonly unit: string; readonly weights: object | null }[]): string {
  const told = changes.map(({ unit, weights }) => [unit, weights === null ? null : Object.entries(weights).sort()]);
  return JSON.stringify(told);
}

/** What a person agreed to. Loads are left to the safety rules: another operation that ends meanwhile changes them for the better. */
function essence({ kind, moves, weights, homeless }: PlanAnswer): string {
  const moved = moves.map(({ shards, from, to }) => [shards, from.unit, from.dataCenter, to.unit, to.dataCenter]);
  return JSON.stringify([kind, moved, weightsInOrder(weights), homeless.map(({ shards }) => shards)]);
}

function checkAllowed({ plan, answer }: AnsweredPlan, principal: Principal): void {
  const overridden = plan.verdicts.filter(({ verdict }) => verdict === 'overridden').map(({ rule }) => rule);
  if (overridden.length > 0 && !allows(principal.role, 'admin')) {
    const detail = `token ${principal.name} has role ${principal.role}; overriding ${overridden.join(', ')} needs admin`;
    throw new ApiError('FORBIDDEN', detail);
  }
  refuse(answer.verdicts.filter(({ verdict }) => verdict === 'refused'));
}

function orderOf(
  { clock, settings }: OperationContext,
  call: StartCall,
  { plan, ground, supersedes }: AnsweredPlan,
  id: string,
  principal: Principal,
): Operation {
  const { kind, moves, weights } = plan;
  const { acceptDataLoss = false, emergencyWhenSilent = false, reason = '' } = call;
  const overriddenRules = plan.verdicts.filter(({ verdict }) => verdict === 'overridden').map(({ rule }) => rule);
  const { needsAcknowledgements } = plan;
  const options = { acceptDataLoss, emergencyWhenSilent, overriddenRules, needsAcknowledgements, supersedes };
  const deadlines = deadlinesOf(settings, shortestHold(ground.table), ground.horizonMs);
  const { incarnation } = ground.table;
  const author = principal.name;
  const createdAt = clock.wallMs();
  return newOperation({ id, incarnation, kind, moves, weights, author, reason, createdAt, options, deadlines });
}

function shortestHold({ topology }: Table): number | null {
  const held = topology.routes.filter(({ kind, hold }) => kind !== 'C' && hold.maxMs > 0).map(({ hold }) => hold.maxMs);
  return held.length === 0 ? null : Math.min(...held);
}
