import type { Random } from '../../core/clock.ts';
import type { HeaderList } from '../upstream.ts';
import { headerKind, KIND } from './header-kind.ts';

export interface TraceContext {
  /** 32 lower-case hexadecimal digits, for the log line. */
  readonly traceId: string;
  /** `traceparent` and the lines of `tracestate` for the cell. */
  readonly headers: HeaderList;
}

/**
 * W3C Trace Context (Level 1, §3.2 and §4). The gateway records no spans, so it passes a valid `traceparent` and its
 * `tracestate` on untouched: a new parent ID would name a span that nobody can find. Where there is none, or more than one,
 * or an invalid one, a trace begins, and `tracestate` is dropped.
 *
 * `sampled` is the flag of traces begun here: tracers in the cells follow it, so false means that they record nothing.
 */
export function traceContext(headers: HeaderList, random: Random, sampled: boolean): TraceContext {
  let parent: string | null = null;
  let repeated = false;
  const passed: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const kind = headerKind(name);
    if (kind === KIND.traceparent) {
      repeated = parent !== null;
      parent = headers[i + 1] ?? '';
    } else if (kind === KIND.tracestate) {
      passed.push('tracestate', headers[i + 1] ?? '');
    }
    if (repeated) break;
  }
  if (parent === null || repeated || !isTraceparent(parent)) return begin(random, sampled);
  return { traceId: parent.slice(3, 35), headers: ['traceparent', parent, ...passed] };
}

function begin(random: Random, sampled: boolean): TraceContext {
  const traceId = nonZero(hex32(random) + hex32(random) + hex32(random) + hex32(random));
  const parentId = nonZero(hex32(random) + hex32(random));
  return { traceId, headers: ['traceparent', `00-${traceId}-${parentId}-${sampled ? '01' : '00'}`] };
}

/** All octets as two hexadecimal digits: four look-ups are cheaper than formatting a number. */
const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));
const octet = (n: number): string => OCTETS[n & 255] ?? '';

function hex32(random: Random): string {
  const n = random.next();
  return octet(n >>> 24) + octet(n >>> 16) + octet(n >>> 8) + octet(n);
}

/** An ID of zeros is invalid; once in 2⁶⁴ chance gives one. */
const nonZero = (id: string): string => (isZero(id, 0, id.length) ? `${id.slice(0, -1)}1` : id);

/**
 * Version 00 exactly; higher versions by their first four fields, which keep their place (§4.3); `ff` and IDs of zeros never.
 */
export function isTraceparent(value: string): boolean {
  if (value.length < 55 || value.length > 512 || value.startsWith('ff')) return false;
  if (value.startsWith('00') ? value.length !== 55 : value.length > 55 && value.charCodeAt(55) !== DASH) return false;
  if (value.charCodeAt(2) !== DASH || value.charCodeAt(35) !== DASH || value.charCodeAt(52) !== DASH) return false;
  if (!isHex(value, 0, 2) || !isHex(value, 3, 35) || !isHex(value, 36, 52) || !isHex(value, 53, 55)) return false;
  return !isZero(value, 3, 35) && !isZero(value, 36, 52);
}

const DASH = 0x2d;

function isHex(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i);
    if (!((c >= 0x30 && c <= 0x39) || (c >= 0x61 && c <= 0x66))) return false;
  }
  return true;
}

function isZero(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (text.charCodeAt(i) !== 0x30) return false;
  }
  return true;
}
