import type { Clock, Timer } from '../../src/core/clock.ts';
import type { MonotonicMs } from '../../src/core/ids.ts';

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that moves only when a test turns it; timers fire in order, each at its own instant. */
export class HandClock implements Clock {
  #now = 1_000;
  #order = 0;
  #pending: Pending[] = [];

  monotonicMs(): MonotonicMs {
    return this.#now as MonotonicMs;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#now;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const entry: Pending = { at: this.#now + Math.max(0, delayMs), order: this.#order++, fire };
    this.#pending.push(entry);
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((other) => other !== entry);
      },
    };
  }

  /** Number of timers that are set. */
  get timers(): number {
    return this.#pending.length;
  }

  /** Moves time on, firing what falls due, and lets microtasks run after each timer. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#pending
        .filter(({ at }) => at <= until)
        .sort((a, b) => a.at - b.at || a.order - b.order)
        .at(0);
      if (next === undefined) break;
      this.#pending = this.#pending.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
      await Promise.resolve();
    }
    this.#now = until;
    await Promise.resolve();
  }
}
