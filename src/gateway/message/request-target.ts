import { type Authority, parseAuthority } from './authority.ts';
import { type MessageFault, messageFault, shown } from './message-fault.ts';

export interface RequestTarget {
  readonly ok: true;
  /** Path as received; `*` for the asterisk form. */
  readonly path: string;
  readonly query: string | null;
  /** Of the absolute form, its port filled in; null for the others. */
  readonly authority: Authority | null;
  /** The port that the absolute form's scheme means; 0 for the others. */
  readonly schemePort: 0 | 80 | 443;
}

/**
 * Reads a request target (RFC 9112 §3.2): origin form, absolute form with http or https, asterisk form for OPTIONS.
 * Visible ASCII only, without `#` and `\`: browsers read `\` as `/`, and what follows `#` is not for servers.
 */
export function parseTarget(method: string, target: string): RequestTarget | MessageFault {
  for (let i = 0; i < target.length; i++) {
    const c = target.charCodeAt(i);
    if (c <= 0x20 || c >= 0x7f || c === 0x23 || c === 0x5c) {
      return messageFault(
        'BAD_TARGET',
        `byte 0x${c.toString(16).padStart(2, '0')} at ${i}: a target is visible ASCII without # and \\`,
      );
    }
  }
  if (target.charCodeAt(0) === 0x2f) return splitQuery(target, 0, null, 0);
  if (target === '*') {
    if (method === 'OPTIONS') return { ok: true, path: '*', query: null, authority: null, schemePort: 0 };
    return messageFault('BAD_TARGET', `target * goes with OPTIONS only, not with ${shown(method)} (RFC 9112 §3.2.4)`);
  }
  return parseAbsolute(method, target);
}

function parseAbsolute(method: string, target: string): RequestTarget | MessageFault {
  const scheme = target.slice(0, 8).toLowerCase();
  const start = scheme.startsWith('http://') ? 7 : scheme === 'https://' ? 8 : 0;
  if (start === 0)
    return messageFault('BAD_TARGET', `target ${shown(target)}: must be a path, or start with http:// or https://`);
  let end = start;
  while (end < target.length && target[end] !== '/' && target[end] !== '?') end++;
  const parsed = parseAuthority(target.slice(start, end));
  if (parsed === null)
    return messageFault('BAD_TARGET', `authority ${shown(target.slice(start, end))} in the target is malformed`);
  const schemePort = start === 7 ? 80 : 443;
  const authority = { host: parsed.host, port: parsed.port === -1 ? schemePort : parsed.port };
  if (target[end] === '/') return splitQuery(target, end, authority, schemePort);
  // No path at all: `*` for OPTIONS without a query (RFC 9112 §3.2.4), else the root (§3.2.1).
  if (end === target.length) {
    return { ok: true, path: method === 'OPTIONS' ? '*' : '/', query: null, authority, schemePort };
  }
  return { ok: true, path: '/', query: target.slice(end + 1), authority, schemePort };
}

function splitQuery(
  target: string,
  start: number,
  authority: Authority | null,
  schemePort: RequestTarget['schemePort'],
): RequestTarget {
  const mark = target.indexOf('?', start);
  const path = mark === -1 ? target.slice(start) : target.slice(start, mark);
  return { ok: true, path, query: mark === -1 ? null : target.slice(mark + 1), authority, schemePort };
}
