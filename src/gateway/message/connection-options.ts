import { isToken } from './field-check.ts';
import { fieldElements } from './field-list.ts';
import { headerKind, KIND } from './header-kind.ts';

export interface ConnectionOptions {
  readonly close: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: boolean;
  /** Lower-case names of further fields that end at this hop. */
  readonly names: readonly string[];
}

const NO_NAMES: readonly string[] = Object.freeze([]);
const NONE: ConnectionOptions = Object.freeze({ close: false, keepAlive: false, upgrade: false, names: NO_NAMES });
const KEEP_ALIVE: ConnectionOptions = Object.freeze({ ...NONE, keepAlive: true });
const CLOSE: ConnectionOptions = Object.freeze({ ...NONE, close: true });
const UPGRADE: ConnectionOptions = Object.freeze({ ...NONE, upgrade: true });

/** Fields for all recipients: listing one would make us strip what the cell has to see (RFC 9110 §7.6.1). */
const END_TO_END: ReadonlySet<string> = new Set([
  ...['accept', 'accept-encoding', 'authorization', 'cache-control', 'content-disposition', 'content-encoding'],
  ...['content-language', 'content-location', 'content-range', 'content-type', 'cookie', 'cookie2', 'date', 'etag'],
  ...['idempotency-key', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
  ...['last-modified', 'location', 'origin', 'pragma', 'range', 'referer', 'server', 'set-cookie', 'user-agent'],
  ...['vary', 'via', 'www-authenticate', 'sec-websocket-key', 'sec-websocket-accept', 'sec-websocket-version'],
  ...['sec-websocket-protocol', 'sec-websocket-extensions', 'x-user-id'],
]);

/** Whether `Connection` may not name this field (lower case). `guarded`: the realm's identity headers. */
export function isProtectedName(name: string, guarded: ReadonlySet<string>): boolean {
  switch (headerKind(name)) {
    case KIND.contentLength:
    case KIND.transferEncoding:
    case KIND.host:
    case KIND.expect:
    case KIND.trailer:
    case KIND.ours:
    case KIND.forwarded:
    case KIND.requestId:
    case KIND.traceparent:
    case KIND.tracestate:
      return true;
    case KIND.other:
      return END_TO_END.has(name) || guarded.has(name);
    default:
      return false;
  }
}

/** The options of all `Connection` lines joined by commas, or why they are refused (a string). Null: no such line. */
export function parseConnection(value: string | null, guarded: ReadonlySet<string>): ConnectionOptions | string {
  if (value === null) return NONE;
  switch (value) {
    case 'keep-alive':
    case 'Keep-Alive':
      return KEEP_ALIVE;
    case 'close':
      return CLOSE;
    case 'Upgrade':
    case 'upgrade':
      return UPGRADE;
    default:
      return parseElements(value, guarded);
  }
}

function parseElements(value: string, guarded: ReadonlySet<string>): ConnectionOptions | string {
  const options = { close: false, keepAlive: false, upgrade: false, names: NO_NAMES };
  const names: string[] = [];
  for (const element of fieldElements(value)) {
    if (!isToken(element)) return 'Connection lists something that is not a token (RFC 9110 §7.6.1)';
    const name = element.toLowerCase();
    if (name === 'close') options.close = true;
    else if (name === 'keep-alive') options.keepAlive = true;
    else if (name === 'upgrade') options.upgrade = true;
    else if (isProtectedName(name, guarded))
      return `Connection lists ${name}, which is for all recipients (RFC 9110 §7.6.1)`;
    else names.push(name);
  }
  if (names.length > 0) options.names = names;
  return options;
}
