import { ApiError } from '../api-error.ts';
import type { OperationView, WishCall } from '../api-types.ts';
import type { Principal } from '../auth/token-list.ts';
import { type OperationWish, operationKey, wishKey } from '../records/operation-record.ts';
import { answerOperation, type OperationContext, type OperationReading, readWithWish } from './operation-context.ts';
import { isAmbiguous } from './store-fault.ts';

const ATTEMPTS = 5;

/**
 * Puts a wish beside the operation's record; whoever carries it out obeys. Compares the record, so that a wish is never laid down for
 * a step that has just passed. Throws OPERATION_PAST where there is no way back.
 */
export async function wishFor(
  context: OperationContext,
  id: string,
  kind: 'abort' | 'acceptsLoss',
  { reason = '' }: WishCall,
  principal: Principal,
): Promise<OperationView> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const reading = await readWithWish(context, id);
    checkPossible(reading, kind);
    // Asked for before: the first one counts.
    if (reading.wish[kind] !== null) return answerOperation(context, id);
    const wish: OperationWish = { ...reading.wish, [kind]: { author: principal.name, reason } };
    if (await lay(context, id, reading, wish)) {
      context.desk.nudge();
      return answerOperation(context, id);
    }
  }
  throw new ApiError('STORE_OVERLOADED', `operation ${id} changed ${ATTEMPTS} times meanwhile`, {}, 1);
}

async function lay(
  { store }: OperationContext,
  id: string,
  { version, wishVersion }: OperationReading,
  wish: OperationWish,
): Promise<boolean> {
  const conditions = [
    { key: operationKey(id), version },
    { key: wishKey(id), version: wishVersion },
  ];
  try {
    const result = await store.transact(conditions, [{ key: wishKey(id), value: JSON.stringify(wish) }]);
    return result.kind === 'committed';
  } catch (error) {
    // The next look finds it, or lays it again.
    if (isAmbiguous(error)) return false;
    throw error;
  }
}

function checkPossible({ operation }: OperationReading, kind: 'abort' | 'acceptsLoss'): void {
  const { id, outcome, grantEpoch, step } = operation;
  if (outcome !== null) {
    throw new ApiError('OPERATION_PAST', `operation ${id} has ended: ${outcome.kind}, ${outcome.reason}`);
  }
  if (kind === 'abort' && grantEpoch !== null) {
    const detail = `operation ${id} granted its shards at epoch ${grantEpoch}; start a new one to move them back`;
    throw new ApiError('OPERATION_PAST', detail);
  }
  if (kind === 'acceptsLoss' && step !== 'acknowledge') {
    const detail = `operation ${id} is at step ${step}; a loss is accepted at step acknowledge, when its range is on record`;
    throw new ApiError('OPERATION_PAST', detail);
  }
}
