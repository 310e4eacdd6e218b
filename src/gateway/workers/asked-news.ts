import type { Clock } from '../../core/clock.ts';
import type { GuardNews } from '../guarded-cells.ts';
import type { News } from './worker-message.ts';

export interface AskedNewsParts {
  readonly clock: Clock;
  /** Longest wait for the parent's word, ms: a horizon that comes later than its own length is none. */
  readonly limitMs: number;
  want(news: News): void;
}

interface Asked {
  readonly promise: Promise<void>;
  readonly answered: () => void;
}

/**
 * News of the store for the requests of a worker, by way of its parent. Whatever was read is on its way before the answer. Many that
 * want the same share one question: those that come while one is under way share the next, which is asked after they came.
 */
export class AskedNews implements GuardNews {
  /** As the parent said last; a worker that begins may hope. */
  isHopeful = true;
  readonly #parts: AskedNewsParts;
  readonly #asked = new Map<News, Asked>();
  readonly #next = new Map<News, Promise<void>>();

  constructor(parts: AskedNewsParts) {
    this.#parts = parts;
  }

  refreshTable(): Promise<void> {
    return this.#want('table');
  }

  renew(): Promise<void> {
    // A read for the horizon that is under way already will do.
    return this.#asked.get('horizon')?.promise ?? this.#want('horizon');
  }

  /** The parent has answered. */
  answered(news: News): void {
    this.#asked.get(news)?.answered();
  }

  #want(news: News): Promise<void> {
    const current = this.#asked.get(news);
    if (current === undefined) return this.#ask(news);
    let next = this.#next.get(news);
    if (next === undefined) {
      next = current.promise.then(() => {
        this.#next.delete(news);
        return this.#want(news);
      });
      this.#next.set(news, next);
    }
    return next;
  }

  #ask(news: News): Promise<void> {
    const { clock, limitMs, want } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    const answered = (): void => {
      timer.cancel();
      if (this.#asked.get(news)?.promise === promise) this.#asked.delete(news);
      resolve();
    };
    const timer = clock.setTimer(limitMs, answered);
    this.#asked.set(news, { promise, answered });
    want(news);
    return promise;
  }
}
