import type { Clock } from '../core/clock.ts';

/**
 * The work's outcome, or `late()` thrown once `limitMs` have passed. The work itself goes on: whoever gives up must not
 * claim that it did not happen.
 */
export function withinLimit<T>(clock: Clock, limitMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(limitMs, () => reject(late()));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
