import type { Clock, Random } from '../../core/clock.ts';
import type { HeaderList } from '../upstream.ts';
import { headerKind, KIND } from './header-kind.ts';

/** Crockford's base 32, in pairs: one look-up gives ten bits. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const PAIRS: readonly string[] = Array.from(
  { length: 1024 },
  (_, n) => `${DIGITS[n >>> 5] ?? ''}${DIGITS[n & 31] ?? ''}`,
);
const pair = (bits: number): string => PAIRS[bits & 1023] ?? '';

/** Makes request IDs that sort by time: 26 characters as a ULID has them, 48 bits of milliseconds and 80 of chance. */
export interface RequestIds {
  next(): string;
}

export function createRequestIds(clock: Clock, random: Random): RequestIds {
  let prefixOf = -1;
  let prefix = '';
  const next = (): string => {
    const now = Math.max(0, Math.floor(clock.wallMs()));
    if (now !== prefixOf) {
      prefixOf = now;
      prefix = timePrefix(now);
    }
    return prefix + chance30(random.next()) + chance30(random.next()) + chance20(random.next());
  };
  return { next };
}

function timePrefix(ms: number): string {
  // 50 bits in five pairs: above 2³¹, so by division instead of shifts.
  let rest = ms % 2 ** 48;
  let text = '';
  for (let i = 0; i < 5; i++) {
    text = pair(rest % 1024) + text;
    rest = Math.floor(rest / 1024);
  }
  return text;
}

const chance30 = (n: number): string => pair(n) + pair(n >>> 10) + pair(n >>> 20);
const chance20 = (n: number): string => pair(n) + pair(n >>> 10);

/** Characters that are safe in logs, URLs and headers. */
const SAFE = new Uint8Array(128);
for (const c of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:+/=@') SAFE[c.charCodeAt(0)] = 1;

/** 1–128 characters that cannot break a log line or a header. */
export function isRequestId(text: string): boolean {
  if (text.length < 1 || text.length > 128) return false;
  for (let i = 0; i < text.length; i++) {
    if (SAFE[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

/** The one valid X-Request-ID that a trusted peer sent, else a new one. Send it on as `x-request-id`. */
export function requestIdOf(headers: HeaderList, trusted: boolean, ids: RequestIds): string {
  if (!trusted) return ids.next();
  let found: string | null = null;
  for (let i = 0; i < headers.length; i += 2) {
    if (headerKind(headers[i] ?? '') !== KIND.requestId) continue;
    if (found !== null) return ids.next();
    found = headers[i + 1] ?? '';
  }
  return found !== null && isRequestId(found) ? found : ids.next();
}
