import { ERRORS, type ErrorCode } from '../errors.ts';
import type { HeaderList } from './upstream.ts';

/** The gateway's own answer to a request that it cannot serve. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
  /** The bytes behind this request cannot be trusted to begin where we think: the connection must end with the answer. */
  readonly closes: boolean;
}

/** Seconds after which a client may try again; the shortest that the header can say. */
const RETRY_AFTER_S = '1';

/** The message itself broke a rule: whatever follows on its connection may be a part of it (docs/message-rules.md). */
const CLOSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(['BAD_REQUEST', 'BAD_HOST', 'BAD_FRAMING', 'BAD_HEADER', 'BAD_TARGET', 'AMBIGUOUS_PATH'] as const),
  ...(['HEAD_TOO_LARGE', 'TARGET_TOO_LONG', 'METHOD_REFUSED', 'EXPECTATION_FAILED'] as const),
  ...(['HEAD_TIMEOUT', 'BODY_TIMEOUT', 'BODY_TOO_LARGE', 'DRAINING'] as const),
]);

/** JSON with the code of docs/errors.md; the same on both lanes. `headers` are added as they are. */
export function errorAnswer(code: ErrorCode, detail: string, headers: HeaderList): ErrorAnswer {
  const { status, message, retry } = ERRORS[code];
  const body = `${JSON.stringify({ error: { code, message, detail } })}\n`;
  const own = ['content-type', 'application/json; charset=utf-8', 'cache-control', 'no-store'];
  if (status === 503 || retry === 'later') own.push('retry-after', RETRY_AFTER_S);
  // RFC 9110 §15.5.2 and §15.5.6: these answers must say how it is done.
  if (status === 401) own.push('www-authenticate', 'Bearer error="invalid_token"');
  if (code === 'METHOD_NOT_ALLOWED') own.push('allow', 'GET, HEAD, OPTIONS');
  return { status, headers: [...own, ...headers], body, closes: CLOSING.has(code) };
}
