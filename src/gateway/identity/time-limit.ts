import type { Clock } from '../../core/clock.ts';

export const TIMED_OUT = Symbol('timed out');

/**
 * The value of `work`, or TIMED_OUT after `limitMs`. Rejects as `work` does; once timed out, what `work` does is nobody's
 * business any more, a rejection included.
 */
export function withinLimit<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T | typeof TIMED_OUT> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(limitMs, () => resolve(TIMED_OUT));
    work.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}

/** The message of whatever was thrown, cut to a length that fits a log line. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
