import type { HeaderList } from '../upstream.ts';
import { collectAnswerFields } from './answer-fields.ts';
import { endToEndAnswerHeaders } from './end-to-end-headers.ts';
import type { MessageFault } from './message-fault.ts';
import { DEFAULT_MESSAGE_LIMITS, type MessageLimits } from './message-limits.ts';

export interface CleanAnswerHeaders {
  readonly ok: true;
  /** End-to-end headers without Content-Length and Transfer-Encoding. */
  readonly headers: HeaderList;
  /** Content-Length as the cell gave it; the lane puts it back where the body is passed on as it came. */
  readonly contentLength: number | null;
}

/**
 * For answers whose framing another parser (undici, a peer gateway) has already taken off: checks the fields as `checkAnswer`
 * does and leaves the end-to-end ones. Never throws.
 */
export function cleanAnswerHeaders(
  headers: HeaderList,
  limits: MessageLimits = DEFAULT_MESSAGE_LIMITS,
): CleanAnswerHeaders | MessageFault {
  const fields = collectAnswerFields(headers, limits);
  if ('ok' in fields) return fields;
  const framing = fields.transferEncoding === null ? 'none' : 'chunked';
  const kept = endToEndAnswerHeaders({ headers, framing, connectionNames: fields.connection.names }, []);
  return { ok: true, headers: kept, contentLength: fields.contentLength };
}
