import type { Clock, Timer } from '../../core/clock.ts';
import type { MonotonicMs } from '../../core/ids.ts';

/**
 * One running time limit. `touch` is as cheap as reading the clock: the timer is not set anew for each chunk but finds,
 * when it fires, how much of the limit is left.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #expired: () => void;
  #timer: Timer | null = null;
  #since: MonotonicMs;
  #limitMs = 0;

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock;
    this.#expired = expired;
    this.#since = clock.monotonicMs();
  }

  /** Begins a limit of `limitMs` from now, in place of the one that ran. */
  start(limitMs: number): void {
    this.stop();
    this.#limitMs = limitMs;
    this.#since = this.#clock.monotonicMs();
    this.#timer = this.#clock.setTimer(limitMs, () => this.#fire());
  }

  /** Progress was made: the limit counts from now. */
  touch(): void {
    this.#since = this.#clock.monotonicMs();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #fire(): void {
    const leftMs = this.#since + this.#limitMs - this.#clock.monotonicMs();
    // Timers may fire up to a millisecond early.
    if (leftMs > 1) {
      this.#timer = this.#clock.setTimer(leftMs, () => this.#fire());
      return;
    }
    this.#timer = null;
    this.#expired();
  }
}
