/**
 * Every error code of the reference unit, an application behind the gateway: not to be confused with the gateway's own
 * (src/errors.ts). docs/reference-unit.md is tested against this table.
 */
export const UNIT_ERRORS = {
  BAD_INPUT: { status: 400, message: 'the request is not what this path takes' },
  BALANCE_OUT_OF_RANGE: { status: 400, message: 'the balance would leave the range of safe integers' },
  HEADERS_MISSING: { status: 400, message: 'a header that the gateway adds is missing or malformed' },
  UNAUTHORIZED: { status: 401, message: 'the shared token of the processes is missing or wrong' },
  NOT_FOUND: { status: 404, message: 'nothing is here' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'this path does not take the method' },
  STALE_EPOCH: { status: 409, message: 'the epoch is below the shard’s fence; the write was not executed' },
  AMOUNT_DIFFERS: { status: 409, message: 'the entry exists with another amount' },
  BODY_TOO_LARGE: { status: 413, message: 'the body is too large' },
  NOT_JSON: { status: 415, message: 'the body must be application/json' },
  WRONG_CELL: { status: 421, message: 'the request is meant for another cell' },
  UPGRADE_REQUIRED: { status: 426, message: 'this path speaks WebSocket only' },
  STORAGE_FAILED: { status: 500, message: 'the ledger could not be read or written' },
  INTERNAL: { status: 500, message: 'a bug in the reference unit' },
  NOT_PROMOTED: { status: 503, message: 'this copy of the shard takes no writes; the write was not executed' },
  OVERLOADED: { status: 503, message: 'too many requests are in flight at this instance' },
  PRIMARY_UNREACHABLE: { status: 503, message: 'the primary’s process cannot be reached; the write was not executed' },
  COPY_DOWN: { status: 503, message: 'a copy that a write needs is down (whenCopyIsDown: refuse)' },
  OUTCOME_UNKNOWN: { status: 504, message: 'the primary’s process did not answer; ask again with the same id' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

export type UnitErrorCode = keyof typeof UNIT_ERRORS;

/** A status with its JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** An error as it is answered: `{error: {code, message}}`; `detail` says what was seen and what is allowed. */
export function errorAnswer(code: UnitErrorCode, detail: string): Answer {
  const { status, message } = UNIT_ERRORS[code];
  return { status, body: { error: { code, message: detail === '' ? message : `${message}: ${detail}` } } };
}
