import { checkFieldName, checkFieldValue } from './field-check.ts';
import { bitOf, foldName, type HeaderKind, headerKind, isPlainName, KIND } from './header-kind.ts';
import { type MessageFault, messageFault, shown } from './message-fault.ts';
import type { ReceivedHead } from './request-head.ts';

/** The fields of a head that rules look at; lines of lists are joined by commas (RFC 9110 §5.3). */
export interface HeadFields {
  host: string | null;
  contentLength: string | null;
  transferEncoding: string | null;
  connection: string | null;
  upgrade: string | null;
  expect: string | null;
  te: string | null;
  methodOverride: boolean;
  /** Which kinds of fields there are, by `bitOf`. */
  seen: number;
  /** The kind of each field, in order. */
  readonly kinds: HeaderKind[];
}

/**
 * One pass over all field lines: characters, names that could be taken for others, and the values that framing, host
 * and connection rules need. `guarded`: lower-case names of the realm's identity headers.
 */
export function collectHeadFields(head: ReceivedHead, guarded: ReadonlySet<string>): HeadFields | MessageFault {
  const fields: HeadFields = {
    host: null,
    contentLength: null,
    transferEncoding: null,
    connection: null,
    upgrade: null,
    expect: null,
    te: null,
    methodOverride: false,
    seen: 0,
    kinds: [],
  };
  const { headers, isClean = false } = head;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    const malformed = isClean ? null : (checkFieldName(name) ?? checkFieldValue(name, value));
    if (malformed !== null) return malformed;
    const kind = headerKind(name);
    fields.kinds.push(kind);
    if ((kind !== KIND.other || guarded.size > 0) && isConfusable(name, kind, guarded)) {
      return messageFault('BAD_HEADER', `header ${shown(name)} could be taken for ${foldName(name)}: write "-"`);
    }
    if (kind === KIND.other) continue;
    fields.seen |= bitOf(kind);
    const fault = take(fields, kind, value);
    if (fault !== null) return fault;
  }
  return fields;
}

function isConfusable(name: string, kind: HeaderKind, guarded: ReadonlySet<string>): boolean {
  return !isPlainName(name) && (kind !== KIND.other || guarded.has(foldName(name)));
}

function take(fields: HeadFields, kind: HeaderKind, value: string): MessageFault | null {
  switch (kind) {
    case KIND.host:
      if (fields.host !== null) return messageFault('BAD_HOST', 'more than one Host (RFC 9112 §3.2)');
      fields.host = value;
      return null;
    case KIND.contentLength:
      if (fields.contentLength !== null)
        return messageFault('BAD_FRAMING', 'more than one Content-Length (RFC 9112 §6.3)');
      fields.contentLength = value;
      return null;
    case KIND.transferEncoding:
      fields.transferEncoding = join(fields.transferEncoding, value);
      return null;
    case KIND.connection:
      fields.connection = join(fields.connection, value);
      return null;
    case KIND.upgrade:
      fields.upgrade = join(fields.upgrade, value);
      return null;
    case KIND.expect:
      fields.expect = join(fields.expect, value);
      return null;
    case KIND.te:
      fields.te = join(fields.te, value);
      return null;
    case KIND.methodOverride:
      fields.methodOverride = true;
      return null;
    case KIND.http2Settings:
      return messageFault('BAD_REQUEST', 'HTTP2-Settings: the gateway does not change to HTTP/2 on a connection');
    default:
      return null;
  }
}

const join = (before: string | null, value: string): string => (before === null ? value : `${before},${value}`);
