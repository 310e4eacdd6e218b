import type { Clock } from '../core/clock.ts';
import type { MonotonicMs } from '../core/ids.ts';

/** Attempts to see both readings of the same clock at one instant; the closest pair counts. */
const LOOKS = 50;

/**
 * What lies between `performance.now()`, which begins with the process, and the machine's monotonic clock. With it an instant of one
 * process means the same in another on this machine: workers count their horizon from their parent's sending. The cheaper reading
 * is kept for the hot path; both are CLOCK_MONOTONIC, so that the difference never changes.
 */
const ORIGIN_MS = originMs();

/** The machine's time. Timers do not keep the process alive: what does is a listener or a running request. */
export const SYSTEM_CLOCK: Clock = {
  monotonicMs: () => (performance.now() + ORIGIN_MS) as MonotonicMs,
  wallMs: () => Date.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

function originMs(): number {
  let closest = Number.POSITIVE_INFINITY;
  let origin = 0;
  for (let look = 0; look < LOOKS; look += 1) {
    const before = machineMs();
    const own = performance.now();
    const after = machineMs();
    if (after - before >= closest) continue;
    closest = after - before;
    origin = (before + after) / 2 - own;
  }
  return origin;
}

function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
