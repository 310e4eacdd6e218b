/**
 * Durations in milliseconds, all on the monotonic clock of the controller that waits. They are written into each operation,
 * so that a controller with other settings that takes over keeps to the ones it was planned with.
 */
export interface OperationDeadlines {
  /** W: after it no guard that did not hear of the freeze can admit or acknowledge; see `freezeWindowMs`. */
  readonly windowMs: number;
  /** Longest freeze of a planned move; below the time that edges hold a request, with some room to release it. */
  readonly freezeCapMs: number;
  /** Taken off `freezeCapMs` by a controller that takes over: it cannot know for how long nobody was in charge. */
  readonly takeoverAllowanceMs: number;
  /** Longest check before the freeze. */
  readonly checkMs: number;
  /** A source's gate that has not answered for this long is silent. */
  readonly silentMs: number;
  /** Emergency: how long copies are asked before the best of those that answered is taken. */
  readonly chooseMs: number;
  /** Emergency: longest search for a copy that can be used at all. */
  readonly chooseCapMs: number;
  /** Emergency: longest wait for a person who accepts the recorded loss. */
  readonly acknowledgeMs: number;
  /** Pause before a failed call of a gate is made again. */
  readonly retryMs: number;
  /** The same for copies that must follow; the loser may be away for days. */
  readonly followRetryMs: number;
}

/** Rate by which two clocks may drift apart. */
const CLOCK_RATE_ERROR = 0.01;
const WINDOW_MARGIN_MS = 200;

export const DEFAULT_DEADLINES: OperationDeadlines = {
  windowMs: freezeWindowMs(3000),
  freezeCapMs: 8000,
  takeoverAllowanceMs: 3000,
  checkMs: 5000,
  silentMs: 2000,
  chooseMs: 500,
  chooseCapMs: 60_000,
  acknowledgeMs: 600_000,
  retryMs: 50,
  followRetryMs: 1000,
};

/**
 * W = L·(1+ρ)/(1−ρ) + 0.2 s for guards of horizon L: a guard's clock may run slow by ρ and the controller's fast by ρ.
 * (The margin covers the granularity of timers, not the network: a horizon counts from the sending of the guard's read.)
 */
export function freezeWindowMs(horizonMs: number): number {
  return Math.ceil((horizonMs * (1 + CLOCK_RATE_ERROR)) / (1 - CLOCK_RATE_ERROR)) + WINDOW_MARGIN_MS;
}

/** What is wrong with these deadlines for edges that hold a request for `holdMs`, in words; empty if nothing is. */
export function deadlineProblems(deadlines: OperationDeadlines, holdMs: number): string[] {
  const problems: string[] = [];
  if (deadlines.freezeCapMs >= holdMs) {
    problems.push(
      `operations.freezeCapMs is ${deadlines.freezeCapMs}, must be below the ${holdMs} ms for which edges hold (hold.maxMs)`,
    );
  }
  if (deadlines.freezeCapMs <= deadlines.windowMs) {
    problems.push(
      `operations.freezeCapMs is ${deadlines.freezeCapMs}, must be above W, ${deadlines.windowMs} ms (guard.horizonMs)`,
    );
  }
  return problems;
}
