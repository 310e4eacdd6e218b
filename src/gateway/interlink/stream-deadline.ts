import type { ErrorCode } from '../../errors.ts';
import type { UpstreamLimits } from '../upstream.ts';

/** What an edge waits for on a stream, since when (its monotonic clock, ms). */
export type StreamWait =
  | { readonly for: 'admission'; readonly sinceMs: number }
  /** Bytes of the request's body wait, and the guard's side takes none. */
  | { readonly for: 'upload'; readonly sinceMs: number }
  | { readonly for: 'response head'; readonly sinceMs: number }
  | { readonly for: 'response body'; readonly sinceMs: number };

/**
 * Whether a wait is over its limit, and what to call it. The guard's side watches all but the admission itself, with the
 * same limits; the edge adds `graceMs` and only speaks up if the guard's side did not.
 */
export function overdue(
  wait: StreamWait,
  limits: UpstreamLimits,
  graceMs: number,
  nowMs: number,
): { code: ErrorCode; detail: string } | null {
  const [limitMs, code, setting] = ruleOf(wait, limits, graceMs);
  if (nowMs - wait.sinceMs < limitMs) return null;
  return {
    code,
    detail: `waited ${Math.round(nowMs - wait.sinceMs)} ms for ${wait.for}, limit ${limitMs} ms (timeouts.${setting})`,
  };
}

function ruleOf(wait: StreamWait, limits: UpstreamLimits, graceMs: number): [number, ErrorCode, keyof UpstreamLimits] {
  switch (wait.for) {
    case 'admission':
      return [limits.connectMs, 'ADMISSION_TIMEOUT', 'connectMs'];
    case 'upload':
      return [limits.bodyIdleMs + graceMs, 'RESPONSE_TIMEOUT', 'bodyIdleMs'];
    case 'response head':
      return [limits.responseHeadMs + graceMs, 'RESPONSE_TIMEOUT', 'responseHeadMs'];
    case 'response body':
      return [limits.bodyIdleMs + graceMs, 'RESPONSE_STALLED', 'bodyIdleMs'];
  }
}
