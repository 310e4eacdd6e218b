import type { LeaseRules } from '../../core/guard/guard-lease.ts';

/** Settings `guard.*`, milliseconds. All guards and control nodes of a realm should agree on `horizonMs`; it stands in the guard's record, and control waits for the largest. */
export interface GuardSettings extends LeaseRules {
  /** From the sending of one read of the store to the next one's. */
  readonly readMs: number;
  /** How often the guard's record is written while nothing in it changes. */
  readonly beatMs: number;
}

export const DEFAULT_GUARD_SETTINGS: GuardSettings = Object.freeze({
  horizonMs: 3_000,
  readMs: 750,
  jumpMs: 100,
  beatMs: 2_000,
});
