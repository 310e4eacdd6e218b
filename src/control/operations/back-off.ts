import type { Clock, Timer } from '../../core/clock.ts';

/** Most doublings of the first pause. */
const DOUBLINGS = 20;

/** Pauses that double with each failure of the same thing, up to a bound. */
export class BackOff {
  readonly #clock: Clock;
  readonly #mostMs: number;
  #failures = new Map<string, number>();
  readonly #timers = new Map<Timer, () => void>();

  constructor(clock: Clock, mostMs: number) {
    this.#clock = clock;
    this.#mostMs = mostMs;
  }

  /** Resolves after this failure's pause, or at once when closed. */
  wait(key: string, firstMs: number): Promise<void> {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(this.#mostMs, firstMs * 2 ** Math.min(failures, DOUBLINGS));
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(delayMs, () => {
        this.#timers.delete(timer);
        resolve();
      });
      this.#timers.set(timer, resolve);
    });
  }

  /** The next failure is a first one again. */
  forget(): void {
    this.#failures = new Map();
  }

  close(): void {
    for (const [timer, resolve] of this.#timers) {
      timer.cancel();
      resolve();
    }
    this.#timers.clear();
  }
}
