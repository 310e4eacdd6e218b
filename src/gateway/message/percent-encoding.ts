import { isUtf8 } from 'node:buffer';
import { isHexDigit } from './ip-literal.ts';

/** The normal form of a path's percent-encodings, or why it has none. */
export type NormalEncoding =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly detail: string };

const refuse = (detail: string): NormalEncoding => ({ ok: false, detail });

/** 1 for unreserved characters (RFC 3986 §2.3): `%41` and `A` are the same, and `A` is its normal form (§6.2.2.2). */
const UNRESERVED = new Uint8Array(256);
for (const c of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~') UNRESERVED[c.charCodeAt(0)] = 1;

/**
 * RFC 3986 §6.2.2: unreserved characters decoded, the hexadecimal digits of all others in upper case. Refused is what a
 * decoder could take for structure (`/`, `\`, `;`, control characters), what is no UTF-8 (overlong forms hide a slash from
 * one decoder and show it to another), and what would decode once more (`%252F`).
 */
export function normalEncoding(path: string): NormalEncoding {
  let normal = '';
  let copied = 0;
  let nonAscii: number[] = [];
  for (let at = path.indexOf('%'); at !== -1; at = path.indexOf('%', copied)) {
    const octet = octetAt(path, at);
    if (octet === -1) return refuse(`"%" at ${at} is not followed by two hexadecimal digits`);
    const structural = structureOf(octet);
    if (structural !== null) return refuse(`encoded ${structural} at ${at}`);
    if (at !== copied || octet < 0x80) {
      if (!isComplete(nonAscii)) return refuse(`octets before ${at} are not UTF-8`);
      nonAscii = [];
    }
    if (octet >= 0x80) nonAscii.push(octet);
    normal += path.slice(copied, at);
    normal += UNRESERVED[octet] === 1 ? String.fromCharCode(octet) : path.slice(at, at + 3).toUpperCase();
    copied = at + 3;
  }
  if (!isComplete(nonAscii)) return refuse('octets are not UTF-8');
  normal += path.slice(copied);
  const twice = decodesTwice(normal);
  return twice === -1 ? { ok: true, path: normal } : refuse(`encoded "%" at ${twice} that would decode twice`);
}

const isComplete = (octets: number[]): boolean => octets.length === 0 || isUtf8(Uint8Array.from(octets));

function octetAt(path: string, at: number): number {
  const high = path.charCodeAt(at + 1);
  const low = path.charCodeAt(at + 2);
  if (!isHexDigit(high) || !isHexDigit(low)) return -1;
  return hexValue(high) * 16 + hexValue(low);
}

const hexValue = (c: number): number => (c <= 0x39 ? c - 0x30 : (c | 0x20) - 0x57);

function structureOf(octet: number): string | null {
  if (octet < 0x20 || octet === 0x7f) return 'control character';
  if (octet === 0x2f) return 'slash';
  if (octet === 0x5c) return 'backslash';
  return octet === 0x3b ? 'semicolon' : null;
}

/** Where `%25` stands before two hexadecimal digits in a normal form, -1 if nowhere. */
function decodesTwice(normal: string): number {
  for (let at = normal.indexOf('%25'); at !== -1; at = normal.indexOf('%25', at + 3)) {
    if (isHexDigit(normal.charCodeAt(at + 3)) && isHexDigit(normal.charCodeAt(at + 4))) return at;
  }
  return -1;
}
