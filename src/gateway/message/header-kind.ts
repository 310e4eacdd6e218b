/**
 * Which headers mean something to the gateway itself. One look-up without allocation per header; everything that
 * decides on a name asks here, so that a spelling which slips past one rule cannot slip past another.
 */
export const KIND = Object.freeze({
  other: 0,
  /** Meant for the next hop only (RFC 9110 §7.6.1), `Connection` itself apart. */
  hopByHop: 1,
  connection: 2,
  contentLength: 3,
  transferEncoding: 4,
  host: 5,
  upgrade: 6,
  expect: 7,
  te: 8,
  trailer: 9,
  /** `ldc-*`: our own metadata. */
  ours: 10,
  /** Forwarded, X-Forwarded-*, X-Real-IP. */
  forwarded: 11,
  requestId: 12,
  traceparent: 13,
  tracestate: 14,
  http2Settings: 15,
  /** Lets some applications see another path than the one that was routed. */
  pathOverride: 16,
  /** Lets some applications see another method than the one that was judged safe. */
  methodOverride: 17,
});
export type HeaderKind = (typeof KIND)[keyof typeof KIND];

/** The kind's place in a set of kinds. */
export const bitOf = (kind: number): number => 1 << kind;

const NAMES: Readonly<Record<string, HeaderKind>> = {
  connection: KIND.connection,
  'keep-alive': KIND.hopByHop,
  'proxy-connection': KIND.hopByHop,
  'proxy-authorization': KIND.hopByHop,
  'proxy-authenticate': KIND.hopByHop,
  'proxy-authentication-info': KIND.hopByHop,
  te: KIND.te,
  trailer: KIND.trailer,
  upgrade: KIND.upgrade,
  'transfer-encoding': KIND.transferEncoding,
  'content-length': KIND.contentLength,
  host: KIND.host,
  expect: KIND.expect,
  'http2-settings': KIND.http2Settings,
  forwarded: KIND.forwarded,
  'x-real-ip': KIND.forwarded,
  'x-request-id': KIND.requestId,
  traceparent: KIND.traceparent,
  tracestate: KIND.tracestate,
  'x-original-url': KIND.pathOverride,
  'x-rewrite-url': KIND.pathOverride,
  'x-http-method-override': KIND.methodOverride,
  'x-http-method': KIND.methodOverride,
  'x-method-override': KIND.methodOverride,
};

interface Candidate {
  readonly name: string;
  readonly kind: HeaderKind;
}
const BY_LENGTH: readonly (readonly Candidate[])[] = Array.from({ length: 32 }, (_, length) =>
  Object.entries(NAMES).flatMap(([name, kind]) => (name.length === length ? [{ name, kind }] : [])),
);

/**
 * CGI, WSGI, Rack and PHP hand a header to the application as `HTTP_CONTENT_LENGTH`: case is lost and `_` (in some, any
 * character that is no letter or digit) becomes what `-` becomes. Names are compared the way those applications see them.
 */
const FOLD = new Uint8Array(128);
for (const c of "!#$%&'*+-.^_`|~") FOLD[c.charCodeAt(0)] = 0x2d;
for (const c of '0123456789abcdefghijklmnopqrstuvwxyz') {
  FOLD[c.charCodeAt(0)] = c.charCodeAt(0);
  FOLD[c.toUpperCase().charCodeAt(0)] = c.charCodeAt(0);
}

function foldsFrom(name: string, wanted: string): boolean {
  for (let i = 0; i < wanted.length; i++) {
    if (FOLD[name.charCodeAt(i)] !== wanted.charCodeAt(i)) return false;
  }
  return true;
}

/** The kind of a header name in any case, `_` for `-` included; see `isPlainName` to tell these apart. */
export function headerKind(name: string): HeaderKind {
  const length = name.length;
  if (length >= 4 && foldsFrom(name, 'ldc-')) return KIND.ours;
  if (length >= 12 && foldsFrom(name, 'x-forwarded-')) return KIND.forwarded;
  const candidates = BY_LENGTH[length];
  if (candidates === undefined) return KIND.other;
  for (const candidate of candidates) {
    if (foldsFrom(name, candidate.name)) return candidate.kind;
  }
  return KIND.other;
}

/** Letters, digits and `-` only: no other spelling that an application could take for another name. */
export function isPlainName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    const folded = FOLD[c];
    if (folded === undefined || folded === 0 || (folded === 0x2d && c !== 0x2d)) return false;
  }
  return true;
}

/** The name as such applications see it: `X_User.Id` → `x-user-id`. */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}
