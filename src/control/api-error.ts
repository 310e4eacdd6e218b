import { CodedError, type ErrorCode } from '../errors.ts';
import type { ErrorAnswer } from './api-types.ts';

/** A coded error that tells more than a sentence: mistakes, refusals, a conflict. */
export class ApiError extends CodedError {
  readonly extra: Omit<ErrorAnswer, 'error'>;
  /** Value of Retry-After in seconds, or null. */
  readonly retryAfterS: number | null;

  constructor(
    code: ErrorCode,
    detail: string,
    extra: Omit<ErrorAnswer, 'error'> = {},
    retryAfterS: number | null = null,
  ) {
    super(code, detail);
    this.extra = extra;
    this.retryAfterS = retryAfterS;
  }
}
