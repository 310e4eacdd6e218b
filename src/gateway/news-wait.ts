import type { Clock } from '../core/clock.ts';

/** How long the store may take to answer before a request goes to the owner that a guard named, ms. */
const NEWS_WAIT_MS = 100;

/**
 * Resolves with `news`, which never rejects, or a little later: the newer table is better than what a guard said of it, but an edge that
 * the store does not answer has only that.
 */
export function newsWait(clock: Clock, news: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(NEWS_WAIT_MS, resolve);
    void news.then(() => {
      timer.cancel();
      resolve();
    });
  });
}
