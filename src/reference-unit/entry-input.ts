import { type Answer, errorAnswer } from './unit-error.ts';

/** The body of `POST /ledger/entries`. */
export interface EntryInput {
  readonly id: string;
  readonly amount: number;
}

export const ENTRY_ID_MAX_LENGTH = 64;

/** An integer as text: a JSON number is rounded when it is parsed, so the digits that were sent decide. */
const INTEGER = /^-?(0|[1-9]\d{0,15})$/;

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;
type ParseWithSource = (text: string, reviver: Reviver) => unknown;

/** Checks an entry; an Answer is the refusal. Unknown fields are ignored. */
export function parseEntry(text: string): EntryInput | Answer {
  let value: unknown;
  // By the object that holds it: an `amount` further down must not lend its digits to ours.
  const amountSources = new Map<unknown, string>();
  const reviver: Reviver = function (key, part, context) {
    if (key === 'amount' && typeof part === 'number') amountSources.set(this, context.source ?? String(part));
    return part;
  };
  try {
    value = (JSON.parse as ParseWithSource)(text, reviver);
  } catch {
    return errorAnswer('BAD_INPUT', 'the body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return errorAnswer('BAD_INPUT', 'the body must be an object {"id": string, "amount": integer}');
  const { id, amount } = value as Readonly<Record<string, unknown>>;
  const badId = refuseId(id);
  if (badId !== null) return badId;
  if (typeof amount !== 'number' || !INTEGER.test(amountSources.get(value) ?? '') || !Number.isSafeInteger(amount))
    return errorAnswer(
      'BAD_INPUT',
      `amount must be an integer from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`,
    );
  // Adding 0 turns -0 into 0.
  return { id: id as string, amount: amount + 0 };
}

/** null if the id can name an entry, else the refusal. */
export function refuseId(id: unknown): Answer | null {
  if (typeof id !== 'string' || id.length < 1 || id.length > ENTRY_ID_MAX_LENGTH)
    return errorAnswer('BAD_INPUT', `id must be a string of 1 to ${ENTRY_ID_MAX_LENGTH} characters`);
  // A lone surrogate has no UTF-8 form: the database would make two different ids equal.
  if (!id.isWellFormed() || /[\u0000-\u001f\u007f]/.test(id))
    return errorAnswer('BAD_INPUT', 'id must be well-formed text without control characters');
  return null;
}
