import { ERRORS, type ErrorCode } from '../errors.ts';
import type { HeaderList } from './upstream.ts';

/** The gateway's own answer to a request that it cannot serve. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

/** Seconds after which a client may try again; the shortest that the header can say. */
const RETRY_AFTER_S = '1';

/** JSON with the code of docs/errors.md; the same on both lanes. `headers` are added as they are. */
export function errorAnswer(code: ErrorCode, detail: string, headers: HeaderList): ErrorAnswer {
  const { status, message, retry } = ERRORS[code];
  const body = `${JSON.stringify({ error: { code, message, detail } })}\n`;
  const own = ['content-type', 'application/json; charset=utf-8', 'cache-control', 'no-store'];
  if (status === 503 || retry === 'later') own.push('retry-after', RETRY_AFTER_S);
  return { status, headers: [...own, ...headers], body };
}
