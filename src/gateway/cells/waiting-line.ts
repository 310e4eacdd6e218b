import type { Clock } from '../../core/clock.ts';

export interface Waiter {
  /** A place is free and taken for this waiter. */
  admit(waitedMs: number): void;
  /** The wait was too long, or the line was closed. */
  turnAway(why: 'late' | 'closed', waitedMs: number): void;
}

/** Place in the line; leaving twice, or after the end of the wait, does nothing. */
export interface LinePlace {
  leave(): void;
}

/** First come, first served; bounded in number and in time. */
export class WaitingLine {
  readonly #clock: Clock;
  readonly #maxWaiters: number;
  readonly #maxWaitMs: number;
  /** Sets keep their order and forget from the middle in constant time. */
  readonly #waiting = new Set<(how: 'admit' | 'late' | 'closed') => void>();

  constructor(clock: Clock, maxWaiters: number, maxWaitMs: number) {
    this.#clock = clock;
    this.#maxWaiters = maxWaiters;
    this.#maxWaitMs = maxWaitMs;
  }

  get length(): number {
    return this.#waiting.size;
  }

  /** null: the line is full. */
  join(waiter: Waiter): LinePlace | null {
    if (this.#waiting.size >= this.#maxWaiters) return null;
    const since = this.#clock.monotonicMs();
    const settle = (how: 'admit' | 'late' | 'closed'): void => {
      leave();
      const waitedMs = this.#clock.monotonicMs() - since;
      if (how === 'admit') waiter.admit(waitedMs);
      else waiter.turnAway(how, waitedMs);
    };
    const timer = this.#clock.setTimer(this.#maxWaitMs, () => settle('late'));
    const leave = (): void => {
      timer.cancel();
      this.#waiting.delete(settle);
    };
    this.#waiting.add(settle);
    return { leave };
  }

  /** Lets the one who waited longest in; false if nobody waits. */
  admitNext(): boolean {
    for (const settle of this.#waiting) {
      settle('admit');
      return true;
    }
    return false;
  }

  /** Turns everybody away. */
  close(): void {
    for (const settle of [...this.#waiting]) settle('closed');
  }
}
