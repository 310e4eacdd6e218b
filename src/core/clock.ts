import type { MonotonicMs } from './ids.ts';

/** A timer that was set; `cancel` after it fired does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * Time, handed in: programs pass the machine's (app/system-clock.ts), the simulator passes virtual time.
 * Nothing else in the product reads a clock.
 */
export interface Clock {
  /** Milliseconds of a clock that never jumps or runs backwards; may have fractions. */
  monotonicMs(): MonotonicMs;
  /**
   * Milliseconds since 1970; for people and records, never for a decision, but for one: a guard closes when this clock and the
   * monotonic one went apart (core/guard/guard-lease.ts).
   */
  wallMs(): number;
  /** Calls back once after `delayMs`; does not keep the process alive. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

/** Chance, handed in. `next` is a whole number, 0 ≤ n < 2³², uniformly drawn. */
export interface Random {
  next(): number;
}
