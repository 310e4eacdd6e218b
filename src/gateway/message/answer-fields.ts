import type { HeaderList } from '../upstream.ts';
import { type ConnectionOptions, parseConnection } from './connection-options.ts';
import { parseContentLength } from './content-length.ts';
import { isFieldValue, isToken } from './field-check.ts';
import { type HeaderKind, headerKind, isPlainName, KIND } from './header-kind.ts';
import { type MessageFault, messageFault, shown } from './message-fault.ts';
import type { MessageLimits } from './message-limits.ts';

/** The fields of an answer that rules look at. */
export interface AnswerFields {
  readonly connection: ConnectionOptions;
  readonly transferEncoding: string | null;
  readonly contentLength: number | null;
  /** The kind of each field, in order. */
  readonly kinds: readonly HeaderKind[];
}

const NOTHING_GUARDED: ReadonlySet<string> = new Set();
const bad = (detail: string): MessageFault => messageFault('BAD_RESPONSE', detail);

/** One pass over the field lines of an answer: characters, if nobody has looked yet, size, and no contradicting lengths (RFC 9112 §6.3). */
export function collectAnswerFields(
  { headers, isClean = false }: { readonly headers: HeaderList; readonly isClean?: boolean },
  limits: MessageLimits,
): AnswerFields | MessageFault {
  if (headers.length / 2 > limits.answerHeaderCount) {
    return bad(`${headers.length / 2} header fields, at most ${limits.answerHeaderCount}`);
  }
  const seen: Seen = { connection: null, transferEncoding: null, contentLength: null };
  const kinds: HeaderKind[] = [];
  let bytes = 0;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    bytes += name.length + value.length + 4;
    const malformed = isClean ? null : malformedField(name, value);
    if (malformed !== null) return malformed;
    const kind = headerKind(name);
    kinds.push(kind);
    const fault = take(seen, kind, name, value);
    if (fault !== null) return fault;
  }
  if (bytes > limits.answerHeadBytes) {
    return bad(`head of ${bytes} bytes, at most ${limits.answerHeadBytes}`);
  }
  if (seen.transferEncoding !== null && seen.contentLength !== null) {
    return bad('both Content-Length and Transfer-Encoding (RFC 9112 §6.1)');
  }
  const connection = parseConnection(seen.connection, NOTHING_GUARDED);
  return typeof connection === 'string' ? bad(connection) : { ...seen, connection, kinds };
}

function malformedField(name: string, value: string): MessageFault | null {
  if (!isToken(name)) return bad(`header name ${shown(name)} is not a token (RFC 9110 §5.1)`);
  if (isFieldValue(value)) return null;
  return bad(`header ${shown(name)} has a control character in its value (RFC 9110 §5.5)`);
}

interface Seen {
  connection: string | null;
  transferEncoding: string | null;
  contentLength: number | null;
}

function take(seen: Seen, kind: HeaderKind, name: string, value: string): MessageFault | null {
  // `Content_Length` frames nothing: it is only dropped with the other spellings.
  if (kind === KIND.other || !isPlainName(name)) return null;
  switch (kind) {
    case KIND.contentLength: {
      if (seen.contentLength !== null) return bad('more than one Content-Length (RFC 9112 §6.3)');
      seen.contentLength = parseContentLength(value);
      return seen.contentLength === null ? bad(`Content-Length is ${shown(value)}: must be one decimal number`) : null;
    }
    case KIND.transferEncoding:
      if (seen.transferEncoding !== null) return bad('more than one Transfer-Encoding');
      seen.transferEncoding = value;
      return null;
    case KIND.connection:
      seen.connection = seen.connection === null ? value : `${seen.connection},${value}`;
      return null;
    default:
      return null;
  }
}
