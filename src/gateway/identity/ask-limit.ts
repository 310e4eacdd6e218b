import type { Clock } from '../../core/clock.ts';
import type { CountIdentityEvent } from './identity-events.ts';
import { TIMED_OUT, withinLimit } from './time-limit.ts';

/** The longest that a request waits for one source; the sources of a request are asked at the same time. */
export interface AskLimit {
  /** The value of `work`, or after the limit what `late` makes of it. */
  apply<T>(work: Promise<T>, late: (detail: string) => T): Promise<T>;
}

/** A route's timeouts.identityMs. */
export function routeAskLimit(clock: Clock, identityMs: number, count: CountIdentityEvent): AskLimit {
  const detail = `no answer within ${identityMs} ms (timeouts.identityMs of the route)`;
  return {
    async apply(work, late) {
      const value = await withinLimit(clock, identityMs, work);
      if (value !== TIMED_OUT) return value;
      count('timeout');
      return late(detail);
    },
  };
}
