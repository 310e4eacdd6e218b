import type { Clock } from '../core/clock.ts';
import type { MonotonicMs } from '../core/ids.ts';

/** The machine's time. Timers do not keep the process alive: what does is a listener or a running request. */
export const SYSTEM_CLOCK: Clock = {
  monotonicMs: () => performance.now() as MonotonicMs,
  wallMs: () => Date.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
