import { parseContentLength } from './content-length.ts';
import { type MessageFault, messageFault, shown } from './message-fault.ts';
import type { Framing } from './request-head.ts';

/**
 * How long the body of a request is (RFC 9112 §6), or why nobody can say. Where the RFC lets a server guess (Content-Length
 * beside Transfer-Encoding, other codings before chunked, HTTP/1.0 with chunked) we refuse: the next hop may guess otherwise.
 */
export function requestFraming(
  httpVersion: '1.0' | '1.1',
  contentLength: string | null,
  transferEncoding: string | null,
): Framing | MessageFault {
  if (transferEncoding !== null) {
    if (contentLength !== null)
      return messageFault('BAD_FRAMING', 'both Content-Length and Transfer-Encoding (RFC 9112 §6.1)');
    if (httpVersion === '1.0') return messageFault('BAD_FRAMING', 'Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1)');
    if (!isChunked(transferEncoding)) {
      return messageFault('BAD_FRAMING', `Transfer-Encoding is ${shown(transferEncoding)}: must be exactly chunked`);
    }
    return 'chunked';
  }
  if (contentLength === null) return 'none';
  const length = parseContentLength(contentLength);
  if (length !== null) return length;
  return messageFault(
    'BAD_FRAMING',
    `Content-Length is ${shown(contentLength)}: must be one decimal number without leading zeros`,
  );
}

/** Exactly the token `chunked`, in any case. */
export function isChunked(value: string): boolean {
  return value.length === 7 && value.toLowerCase() === 'chunked';
}
