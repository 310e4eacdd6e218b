import type { Random } from '../../core/clock.ts';
import type { HeaderList } from '../upstream.ts';
import { bitOf, headerKind, KIND } from './header-kind.ts';
import type { RequestHead } from './request-head.ts';

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
export function traceContext(
  { headers, seen }: Pick<RequestHead, 'headers' | 'seen'>,
  random: Random,
  sampled: boolean,
): TraceContext {
  if ((seen & bitOf(KIND.traceparent)) === 0) return begin(random, sampled);
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

/** Where a traceparent is put together, with the marks that each has: version, trace ID, parent ID, flags. */
const DRAFT = Buffer.from(`00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`, 'latin1');
const TRACE_AT = 3;
const PARENT_AT = 36;
const SAMPLED_AT = 54;
const HEX = Buffer.from('0123456789abcdef', 'latin1');

/** A trace that begins here. One text made of bytes costs a quarter of one put together digit by digit. */
function begin(random: Random, sampled: boolean): TraceContext {
  for (let at = TRACE_AT; at < TRACE_AT + 24; at += 8) writeHex(random.next(), at);
  // An ID of zeros is invalid: the last part of one is never 0.
  writeHex(random.next() || 1, TRACE_AT + 24);
  writeHex(random.next(), PARENT_AT);
  writeHex(random.next() || 1, PARENT_AT + 8);
  DRAFT[SAMPLED_AT] = HEX[sampled ? 1 : 0] as number;
  const parent = DRAFT.toString('latin1');
  return { traceId: parent.slice(TRACE_AT, TRACE_AT + 32), headers: ['traceparent', parent] };
}

/** Eight digits. */
function writeHex(n: number, at: number): void {
  for (let digit = 0; digit < 8; digit++) DRAFT[at + digit] = HEX[(n >>> (28 - 4 * digit)) & 15] as number;
}

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
