import type { Operation } from '../../core/operation/operation.ts';
import { KnownTexts } from '../../store/records/known-texts.ts';
import { parseRecord, RecordError } from '../../store/records/record-error.ts';

export const OPERATION_PREFIX = 'operations/';

/** What a person asked of an operation under way; whoever carries it out obeys. It lies beside the record, which only its leader writes. */
export interface OperationWish {
  readonly format: 1;
  readonly abort: { readonly author: string; readonly reason: string } | null;
  /** Who accepted the range on record that may be lost. */
  readonly acceptsLoss: { readonly author: string; readonly reason: string } | null;
}

export const NO_WISH: OperationWish = { format: 1, abort: null, acceptsLoss: null };
export const WISH_PREFIX = 'operation-wishes/';

/** Compared and set by whoever puts a new operation on record, so that two on one shard cannot both find it free. */
export const ADMISSION_KEY = 'control/operations';

const STEPS = ['check', 'drain', 'catchUp', 'choose', 'acknowledge', 'promote', 'follow', 'ended'];

export function operationKey(id: string): string {
  return OPERATION_PREFIX + id;
}

export function wishKey(id: string): string {
  return WISH_PREFIX + id;
}

export function encodeOperation(operation: Operation): string {
  return JSON.stringify(operation);
}

/** Operations that are over stay on record for long, and each look at those under way reads them, too. */
const KNOWN = new KnownTexts<Operation>(512);

/** Throws RecordError. The same text gives the same object. */
export function decodeOperation(key: string, text: string): Operation {
  const record = KNOWN.of(text, () => checkOperation(key, text));
  if (operationKey(record.id) !== key) throw new RecordError(key, `is of operation ${JSON.stringify(record.id)}`);
  return record;
}

function checkOperation(key: string, text: string): Operation {
  const record = parseRecord(key, text, [1]) as unknown as Operation;
  if (!STEPS.includes(record.step)) throw new RecordError(key, `step is ${JSON.stringify(record.step)}`);
  if (!Number.isSafeInteger(record.stepSequence))
    throw new RecordError(key, `stepSequence is ${JSON.stringify(record.stepSequence)}`);
  for (const field of ['moves', 'weights', 'lineages', 'lost', 'results'] as const) {
    if (!Array.isArray(record[field])) throw new RecordError(key, `${field} is no list`);
  }
  if (!Array.isArray(record.options?.supersedes)) throw new RecordError(key, 'options.supersedes is no list');
  if (typeof record.deadlines?.windowMs !== 'number' || typeof record.options?.acceptDataLoss !== 'boolean')
    throw new RecordError(key, 'lacks deadlines or options');
  return record;
}

/** Throws RecordError. */
export function decodeWish(key: string, text: string): OperationWish {
  const record = parseRecord(key, text, [1]) as unknown as OperationWish;
  for (const wish of [record.abort, record.acceptsLoss]) {
    if (wish !== null && typeof wish?.author !== 'string') throw new RecordError(key, 'a wish lacks its author');
  }
  return record;
}
