import { isIpv4, isIpv6 } from './ip-literal.ts';

export interface Authority {
  /** Lower case, without a final dot; IPv6 in its brackets. */
  readonly host: string;
  /** -1: none given. */
  readonly port: number;
}

/** 1 for unreserved characters of RFC 3986. */
const NAME = new Uint8Array(128);
for (const c of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~') NAME[c.charCodeAt(0)] = 1;

/**
 * `host[:port]` of Host or of an absolute-form target (RFC 3986 §3.2), or null if it is not one.
 *
 * Narrower than the RFC, because proxies and applications disagree about the rest: no userinfo, no percent-encoding, no
 * sub-delims (a comma would forge an element of X-Forwarded-Host), no empty label, no empty port, no leading zeros in a
 * port, no zone; a name whose last label is a number must be an IPv4 address. At most 253 characters of name.
 */
export function parseAuthority(text: string): Authority | null {
  if (text.length === 0 || text.length > 261) return null;
  if (text.charCodeAt(0) === 0x5b) return parseBracketed(text);
  const colon = text.indexOf(':');
  const name = colon === -1 ? text : text.slice(0, colon);
  const port = colon === -1 ? -1 : parsePort(text.slice(colon + 1));
  if (port === null) return null;
  const relative = name.endsWith('.') ? name.slice(0, -1) : name;
  return isRegName(relative) ? { host: relative.toLowerCase(), port } : null;
}

function parseBracketed(text: string): Authority | null {
  const end = text.indexOf(']');
  if (end === -1 || !isIpv6(text.slice(1, end))) return null;
  const host = text.slice(0, end + 1).toLowerCase();
  if (end === text.length - 1) return { host, port: -1 };
  const port = text.charCodeAt(end + 1) === 0x3a ? parsePort(text.slice(end + 2)) : null;
  return port === null ? null : { host, port };
}

/** 0–65535 in decimal without leading zeros, else null. */
export function parsePort(text: string): number | null {
  if (text.length < 1 || text.length > 5 || (text.length > 1 && text.startsWith('0'))) return null;
  let port = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return null;
    port = port * 10 + digit;
  }
  return port <= 65535 ? port : null;
}

function isRegName(name: string): boolean {
  if (name.length === 0 || name.length > 253) return false;
  let start = 0;
  let numeric = true;
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    if (NAME[c] !== 1) return false;
    if (c === 0x2e) {
      if (!isLabelLength(i - start)) return false;
      start = i + 1;
      numeric = true;
    } else if (c < 0x30 || c > 0x39) numeric = false;
  }
  return isLabelLength(name.length - start) && (!numeric || isIpv4(name));
}

const isLabelLength = (length: number): boolean => length >= 1 && length <= 63;
