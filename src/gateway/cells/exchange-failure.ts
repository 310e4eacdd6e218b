import type { UpstreamFailure } from '../upstream.ts';

/** How far an exchange had come when it failed. */
export interface ExchangeProgress {
  /** undici wrote the head, or may have. */
  readonly written: boolean;
  /** The head of the answer was passed on. */
  readonly answered: boolean;
}

/**
 * What an error of undici means for the request. `executed: 'no'` only where nothing was written: whoever reads it may
 * send a payment again.
 */
export function exchangeFailure(error: unknown, progress: ExchangeProgress): UpstreamFailure {
  const { code, name, message } = facts(error);
  const executed = progress.written ? 'unknown' : 'no';
  const detail = code === '' || message.includes(code) ? message : `${message} (${code})`;
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED' || isBug(error))
    return { code: 'INTERNAL', executed, detail };
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return { code: 'CONNECT_TIMEOUT', executed, detail };
  // Also a kept-alive connection that closed before the first body byte: undici writes the head together with it.
  if (!progress.written) return { code: 'CONNECT_FAILED', executed, detail };
  if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') return { code: 'BAD_FRAMING', executed, detail };
  return { code: breaksHttp(code, name, message, progress) ? 'BAD_RESPONSE' : 'CELL_RESET', executed, detail };
}

/**
 * The connection went away before the first byte of an answer, most likely because the instance closed it as idle while
 * the request was under way. Only a safe request without a body may be sent again after it (RFC 9110 §9.2.2).
 */
export function isLostConnection(error: unknown): boolean {
  const { code, message } = facts(error);
  if (code === 'UND_ERR_SOCKET') return message === 'other side closed' || message === 'closed';
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED';
}

function breaksHttp(code: string, name: string, message: string, progress: ExchangeProgress): boolean {
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || name === 'AssertionError') return true;
  if (code === 'UND_ERR_SOCKET') return message === 'bad response' || message === 'bad upgrade';
  // Before the head: two lengths, or both framings. After it: the connection closed too early.
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return !progress.answered;
  return name === 'HTTPParserError' && !/EOF/.test(message);
}

/** Thrown by the receiver of our events: undici catches it and reports it here. */
function isBug(error: unknown): boolean {
  return (
    (error instanceof TypeError && error.constructor === TypeError && !('code' in error)) ||
    error instanceof ReferenceError
  );
}

function facts(error: unknown): { readonly code: string; readonly name: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', name: '', message: String(error) };
  const code = (error as { code?: unknown }).code;
  // Happy eyeballs: one error per address, the text of the first says more than "AggregateError".
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  return { code: typeof code === 'string' ? code : '', name: error.name, message: first.message || error.message };
}
