import { type Authority, parseAuthority } from './authority.ts';
import { type ConnectionOptions, parseConnection } from './connection-options.ts';
import { isToken } from './field-check.ts';
import { fieldElements } from './field-list.ts';
import { collectHeadFields, type HeadFields } from './head-fields.ts';
import { type MessageFault, messageFault, shown } from './message-fault.ts';
import { DEFAULT_MESSAGE_LIMITS, type MessageLimits } from './message-limits.ts';
import { isRefusedMethod, isSafeMethod } from './method.ts';
import { requestFraming } from './request-framing.ts';
import type { Framing, ReceivedHead, RequestHead } from './request-head.ts';
import { parseTarget, type RequestTarget } from './request-target.ts';
import { parseUpgrade } from './upgrade-offer.ts';

export interface HeadRules {
  readonly limits: MessageLimits;
  /** Lower-case names of the identity headers of all routes: `x_user_id` beside `x-user-id` is refused. */
  readonly guarded: ReadonlySet<string>;
}

export const DEFAULT_HEAD_RULES: HeadRules = Object.freeze({
  limits: DEFAULT_MESSAGE_LIMITS,
  guarded: new Set<string>(),
});

/**
 * Every rule of docs/message-rules.md that a request's head must keep, in one place for all lanes: RFC 9112 and RFC 9110,
 * and stricter where two readers of one message could differ. Never throws, whatever the strings hold.
 */
export function checkHead(received: ReceivedHead, rules: HeadRules = DEFAULT_HEAD_RULES): RequestHead | MessageFault {
  const outside = checkStartLine(received, rules.limits) ?? checkSize(received, rules.limits);
  if (outside !== null) return outside;
  const target = parseTarget(received.method, received.target);
  if (!target.ok) return target;
  const fields = collectHeadFields(received, rules.guarded);
  if ('ok' in fields) return fields;
  const authority = checkHost(fields.host, target);
  if ('ok' in authority) return authority;
  const options = parseConnection(fields.connection, rules.guarded);
  if (typeof options === 'string') return messageFault('BAD_HEADER', options);
  return assemble(received, target, fields, authority, options);
}

function assemble(
  received: ReceivedHead,
  target: RequestTarget,
  fields: HeadFields,
  authority: Authority,
  options: ConnectionOptions,
): RequestHead | MessageFault {
  const httpVersion = received.httpVersion === '1.1' ? '1.1' : '1.0';
  const framing = requestFraming(httpVersion, fields.contentLength, fields.transferEncoding);
  if (typeof framing === 'object') return framing;
  if (fields.expect !== null && fields.expect.toLowerCase() !== '100-continue') {
    return messageFault('EXPECTATION_FAILED', 'Expect is not 100-continue (RFC 9110 §10.1.1)');
  }
  if (fields.methodOverride && isSafeMethod(received.method)) {
    return messageFault(
      'BAD_HEADER',
      `${received.method} with a header that overrides the method: send the method itself`,
    );
  }
  const upgrade = checkUpgrade(httpVersion, fields.upgrade, options.upgrade, framing);
  if (upgrade !== null && typeof upgrade === 'object') return upgrade;
  return {
    ok: true,
    method: received.method,
    target: received.target,
    httpVersion,
    headers: received.headers,
    lines: received.lines,
    remoteAddress: received.remoteAddress,
    secure: received.secure,
    path: target.path,
    query: target.query,
    authority: fields.host ?? '',
    host: authority.host,
    framing,
    upgrade,
    // A server ignores 100-continue of HTTP/1.0 (RFC 9110 §10.1.1).
    expectContinue: fields.expect !== null && httpVersion === '1.1',
    keepAlive: !options.close && (httpVersion === '1.1' || options.keepAlive),
    acceptsTrailers: fields.te !== null && fieldElements(fields.te.toLowerCase()).includes('trailers'),
    connectionNames: options.names,
    seen: fields.seen,
    kinds: fields.kinds,
  };
}

function checkStartLine(head: ReceivedHead, limits: MessageLimits): MessageFault | null {
  const { method, target, httpVersion } = head;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    return messageFault('BAD_REQUEST', `HTTP version ${shown(httpVersion)}: must be 1.1 or 1.0 (RFC 9112 §2.3)`);
  }
  if (method.length > limits.methodBytes || !isToken(method)) {
    return messageFault(
      'BAD_REQUEST',
      `method ${shown(method)}: must be a token of at most ${limits.methodBytes} characters`,
    );
  }
  if (isRefusedMethod(method)) return messageFault('METHOD_REFUSED', `method ${method}`);
  if (target.length > limits.targetBytes) {
    return messageFault(
      'TARGET_TOO_LONG',
      `target of ${target.length} bytes, at most ${limits.targetBytes} (message.targetBytes)`,
    );
  }
  return null;
}

function checkSize(head: ReceivedHead, limits: MessageLimits): MessageFault | null {
  const { headers } = head;
  const count = headers.length / 2;
  if (count > limits.headerCount) {
    return messageFault(
      'HEAD_TOO_LARGE',
      `${count} header fields, at most ${limits.headerCount} (message.headerCount)`,
    );
  }
  const bytes = headBytes(head);
  if (bytes <= limits.headBytes) return null;
  return messageFault('HEAD_TOO_LARGE', `head of ${bytes} bytes, at most ${limits.headBytes} (message.headBytes)`);
}

/** Size on the wire: request line, field lines with `: ` and CRLF, and the empty line. */
function headBytes(head: ReceivedHead): number {
  let bytes = head.method.length + head.target.length + ' '.length + ' HTTP/1.1\r\n'.length + '\r\n'.length;
  for (const text of head.headers) bytes += text.length + 2;
  return bytes;
}

/** The last Host that was read: the next request has the same more often than not. */
let lastHost = '';
let lastAuthority: Authority | null = null;

function authorityOf(host: string): Authority | null {
  if (host !== lastHost) {
    lastHost = host;
    lastAuthority = parseAuthority(host);
  }
  return lastAuthority;
}

/** Exactly one well-formed Host, on HTTP/1.0 too: the route depends on it (RFC 9112 §3.2, RFC 9110 §7.2). */
function checkHost(host: string | null, target: RequestTarget): Authority | MessageFault {
  if (host === null) return messageFault('BAD_HOST', 'no Host (RFC 9112 §3.2)');
  const authority = authorityOf(host);
  if (authority === null)
    return messageFault('BAD_HOST', `Host is ${shown(host)}: must be host[:port] (RFC 3986 §3.2)`);
  const meant = target.authority;
  if (meant === null) return authority;
  const port = authority.port === -1 ? target.schemePort : authority.port;
  if (meant.host === authority.host && meant.port === port) return authority;
  return messageFault('BAD_HOST', `Host ${shown(host)} differs from the target's authority (RFC 9112 §3.2.2)`);
}

/** The protocol to change to, null for none. Upgrade without `Connection: upgrade` or in HTTP/1.0 is void (RFC 9110 §7.8). */
function checkUpgrade(
  httpVersion: '1.0' | '1.1',
  value: string | null,
  listed: boolean,
  framing: Framing,
): string | null | MessageFault {
  if (value === null) return null;
  const offer = parseUpgrade(value);
  if (!offer.ok) return offer;
  if (!listed || httpVersion === '1.0') return null;
  if (framing === 'none' || framing === 0) return offer.protocol;
  // Readers differ on whether the body or the new protocol comes first; node:http skips the body's framing.
  return messageFault('BAD_FRAMING', 'Upgrade together with a body');
}
