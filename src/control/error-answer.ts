import { CodedError, ERRORS, type ErrorCode } from '../errors.ts';
import { RecordError } from '../store/records/record-error.ts';
import { ApiError } from './api-error.ts';
import type { ErrorAnswer } from './api-types.ts';

/** An answer of the API before it becomes bytes. */
export interface ErrorReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorAnswer;
  /** A bug of ours, to be logged. */
  readonly isBug: boolean;
}

const RETRY_AFTER_S = 2;
/** Errors of the store that are no failure of it, and keep their own status. */
const STORE_CALL_ERRORS: readonly ErrorCode[] = ['STORE_TOO_LARGE', 'STORE_BAD_CALL'];

/** What the caller gets for an error: always a code, never a stack. Every failure of the store is 503 with Retry-After. */
export function errorReply(error: unknown): ErrorReply {
  if (error instanceof RecordError) return reply('STORE_CORRUPT', error.message, {}, RETRY_AFTER_S);
  if (error instanceof ApiError) return reply(error.code, error.detail, error.extra, error.retryAfterS);
  if (error instanceof CodedError) return reply(error.code, error.detail, {}, null);
  return { ...reply('INTERNAL', 'the control node has logged it', {}, null), isBug: true };
}

/** Fastify's own errors, by their code. */
export function frameworkReply(code: string, message: string, status: number): ErrorReply {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return reply('CALL_TOO_LARGE', message, {}, null);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return reply('CALL_INVALID', 'the body must be application/json', {}, null);
    default:
      return status >= 500 ? errorReply(new Error(message)) : reply('CALL_INVALID', message, {}, null);
  }
}

function reply(
  code: ErrorCode,
  detail: string,
  extra: Omit<ErrorAnswer, 'error'>,
  retryAfterS: number | null,
): ErrorReply {
  const { status, side, message, next } = ERRORS[code];
  const isStoreDown = side === 'store' && !STORE_CALL_ERRORS.includes(code);
  const seconds = retryAfterS ?? (isStoreDown ? RETRY_AFTER_S : null);
  return {
    status: isStoreDown ? 503 : status === 0 ? 500 : status,
    headers: seconds === null ? {} : { 'retry-after': String(seconds) },
    body: { error: { code, message, detail, next }, ...extra },
    isBug: code === 'INTERNAL' || code === 'STORE_BAD_CALL',
  };
}
