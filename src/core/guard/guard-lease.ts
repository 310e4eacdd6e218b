import type { MonotonicMs } from '../ids.ts';

/** One instant on both clocks of a process. */
export interface GuardInstant {
  readonly monotonic: MonotonicMs;
  /** Milliseconds of a clock that goes on while the machine is suspended: wall clock or uptime; its zero means nothing. */
  readonly reference: number;
}

/** Milliseconds; settings `guard.horizonMs` and `guard.jumpMs`. */
export interface LeaseRules {
  /** L: how long a guard may admit on the strength of one read of the store, from the read's sending. */
  readonly horizonMs: number;
  /** Clocks that went apart by more than this since that sending: the machine was suspended, or a clock was set. */
  readonly jumpMs: number;
}

/** A guard's right to admit writes. Plain numbers: every admission point compares them for itself. */
export interface GuardLease {
  /** Not a write at or after this instant; −∞ while closed. */
  readonly horizon: MonotonicMs;
  /** The sending of the read that the horizon rests on. */
  readonly sentAt: GuardInstant;
  /** Why it is closed; null while it rests on a read. A horizon that passed needs no reason. */
  readonly closedBy: string | null;
}

export const NEVER = Number.NEGATIVE_INFINITY as MonotonicMs;
const NOWHEN: GuardInstant = { monotonic: NEVER, reference: 0 };

/** A guard begins closed, and opens by a read of its own boot. */
export const CLOSED_AT_BOOT: GuardLease = {
  horizon: NEVER,
  sentAt: NOWHEN,
  closedBy: 'the store was not read since the start',
};

export function closedLease(reason: string): GuardLease {
  return { horizon: NEVER, sentAt: NOWHEN, closedBy: reason };
}

/** The lease after a read that may extend it. Counted from the sending: from the answer, two units could admit (protocol, "Guard"). */
export function renewedLease(lease: GuardLease, sentAt: GuardInstant, { horizonMs }: LeaseRules): GuardLease {
  const horizon = (sentAt.monotonic + horizonMs) as MonotonicMs;
  return horizon > lease.horizon ? { horizon, sentAt, closedBy: null } : lease;
}

/**
 * The lease as of now: closed if the clocks went apart since it was renewed. To be asked at each decision: a machine that was
 * suspended goes on in the middle of one, before any timer fires.
 */
export function checkedLease(lease: GuardLease, now: GuardInstant, { jumpMs }: LeaseRules): GuardLease {
  if (lease.horizon === NEVER) return lease;
  const { monotonic, reference } = lease.sentAt;
  const apart = now.reference - reference - (now.monotonic - monotonic);
  if (Math.abs(apart) <= jumpMs) return lease;
  return closedLease(`the clocks went apart by ${Math.round(apart)} ms (at most ${jumpMs}: guard.jumpMs)`);
}
