import type { HeaderList } from '../upstream.ts';
import type { Answer } from './answer.ts';
import { type AnswerFields, collectAnswerFields } from './answer-fields.ts';
import { type MessageFault, messageFault, shown } from './message-fault.ts';
import { DEFAULT_MESSAGE_LIMITS, type MessageLimits } from './message-limits.ts';
import { isChunked } from './request-framing.ts';

export interface ReceivedAnswer {
  readonly status: number;
  readonly httpVersion: string;
  readonly headers: HeaderList;
  /** See `Answer.lines`. */
  readonly lines?: string | undefined;
  /** See `ReceivedHead.isClean`. */
  readonly isClean?: boolean;
}

export interface AskedRequest {
  readonly method: string;
  readonly upgrade: string | null;
}

const bad = (detail: string): MessageFault => messageFault('BAD_RESPONSE', detail);

/**
 * Checks the head of a cell's answer, so that no cell (and nobody who can make it echo bytes) splits an answer in two or
 * leaves a body's end to guessing. 1xx other than 101 pass with framing `none`. Never throws.
 */
export function checkAnswer(
  asked: AskedRequest,
  received: ReceivedAnswer,
  limits: MessageLimits = DEFAULT_MESSAGE_LIMITS,
): Answer | MessageFault {
  const { status, httpVersion, headers } = received;
  if (!Number.isInteger(status) || status < 100 || status > 599)
    return bad(`status ${status}: must be 100 to 599 (RFC 9110 §15)`);
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    return bad(`HTTP version ${shown(httpVersion)}: must be 1.1 or 1.0`);
  if (status === 101 && asked.upgrade === null) return bad('101 to a request without Upgrade (RFC 9110 §15.2.2)');
  const fields = collectAnswerFields(received, limits);
  if ('ok' in fields) return fields;
  const options = fields.connection;
  const framing = answerFraming(asked, received, fields);
  if (typeof framing === 'object') return framing;
  return {
    ok: true,
    status,
    headers,
    lines: received.lines,
    framing,
    declaredLength: framing === 'none' && (asked.method === 'HEAD' || status === 304) ? fields.contentLength : null,
    keepAlive: framing !== 'close' && !options.close && (httpVersion === '1.1' || options.keepAlive),
    connectionNames: options.names,
    kinds: fields.kinds,
  };
}

/** RFC 9112 §6.3, with an error wherever the lengths contradict each other. */
function answerFraming(
  asked: AskedRequest,
  received: ReceivedAnswer,
  fields: AnswerFields,
): Answer['framing'] | MessageFault {
  const { status } = received;
  const { transferEncoding, contentLength } = fields;
  if (transferEncoding !== null) {
    if (received.httpVersion === '1.0') return bad('Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1)');
    if (!isChunked(transferEncoding))
      return bad(`Transfer-Encoding is ${shown(transferEncoding)}: must be exactly chunked`);
    if (status < 200 || status === 204) return bad(`Transfer-Encoding in a ${status} (RFC 9112 §6.1)`);
  }
  if (status < 200 || status === 204) {
    const isEmpty = contentLength === null || contentLength === 0;
    return isEmpty ? 'none' : bad(`Content-Length ${contentLength} in a ${status} (RFC 9110 §8.6)`);
  }
  if (asked.method === 'HEAD' || status === 304) return 'none';
  return transferEncoding === null ? (contentLength ?? 'close') : 'chunked';
}
