import type { Clock } from '../../src/core/clock.ts';
import type { MonotonicMs } from '../../src/core/ids.ts';

/** The machine's time, for tests with real sockets. */
export const machineClock: Clock = {
  monotonicMs: () => performance.now() as MonotonicMs,
  wallMs: () => Date.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
