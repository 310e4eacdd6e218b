import type { Clock } from '../../core/clock.ts';
import type { GuardNews } from '../guarded-cells.ts';
import { SharedRead } from '../shared-read.ts';
import type { News } from './worker-message.ts';

export interface AskedNewsParts {
  readonly clock: Clock;
  /** Longest wait for the parent's word, ms: a horizon that comes later than its own length is none. */
  readonly limitMs: number;
  want(news: News): void;
}

/**
 * News of the store for the requests of a worker, by way of its parent. Whatever was read is on its way before the answer. Many that
 * want the same share one question: those that come while one is under way share the next, which is asked after they came.
 */
export class AskedNews implements GuardNews {
  /** As the parent said last; a worker that begins may hope. */
  isHopeful = true;
  readonly #parts: AskedNewsParts;
  readonly #questions: Readonly<Record<News, SharedRead>>;
  /** Of the questions that are under way. */
  readonly #answered = new Map<News, () => void>();

  constructor(parts: AskedNewsParts) {
    this.#parts = parts;
    this.#questions = {
      table: new SharedRead(() => this.#ask('table')),
      horizon: new SharedRead(() => this.#ask('horizon')),
    };
  }

  refreshTable(): Promise<void> {
    return this.#questions.table.begin();
  }

  renew(): Promise<void> {
    // A read for the horizon that is under way already will do.
    const { horizon } = this.#questions;
    return horizon.underWay ?? horizon.begin();
  }

  /** The parent has answered. */
  answered(news: News): void {
    this.#answered.get(news)?.();
  }

  #ask(news: News): Promise<void> {
    const { clock, limitMs, want } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    const answered = (): void => {
      timer.cancel();
      this.#answered.delete(news);
      resolve();
    };
    const timer = clock.setTimer(limitMs, answered);
    this.#answered.set(news, answered);
    want(news);
    return promise;
  }
}
