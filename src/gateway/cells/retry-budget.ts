import type { MonotonicMs } from '../../core/ids.ts';

export interface RetryBudgetLimits {
  /** Retries per request, 0.2 = 20 %. */
  readonly share: number;
  /** Most retries that may be saved up. */
  readonly burst: number;
}

/** One retry a second is free: with little traffic a share of it would forbid the only one. */
const FLOOR_PER_MS = 1 / 1_000;

/**
 * Token bucket that keeps retries from making an outage worse (as Finagle's RetryBudget): within any stretch of time
 * there are at most `burst + share · requests + seconds` retries.
 */
export class RetryBudget {
  readonly #limits: RetryBudgetLimits;
  #tokens: number;
  #at: MonotonicMs;

  constructor(limits: RetryBudgetLimits, now: MonotonicMs) {
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#at = now;
  }

  /** A request came in; not to be called for retries. */
  deposit(): void {
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + this.#limits.share);
  }

  /** Takes one retry if there is one. */
  withdraw(now: MonotonicMs): boolean {
    const passedMs = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + passedMs * FLOOR_PER_MS);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
