import type { MonotonicMs } from '../../core/ids.ts';
import type { ErrorCode } from '../../errors.ts';
import type { ExchangeOutcome } from './exchange-watch.ts';

/** What real requests have shown: outlier detection beside the active checks. */
export interface InstanceEjection {
  readonly failuresInARow: number;
  /** Ejections since the last request that went well. */
  readonly times: number;
  /** Until when the instance stands back; null: it does not. */
  readonly until: MonotonicMs | null;
}

export interface EjectionLimits {
  readonly ejectAfter: number;
  readonly ejectMs: number;
  readonly ejectMaxMs: number;
  readonly ejectOnServerError: boolean;
}

export const NEVER_EJECTED: InstanceEjection = Object.freeze({ failuresInARow: 0, times: 0, until: null });

const INSTANCE_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONNECT_FAILED',
  'CONNECT_TIMEOUT',
  'RESPONSE_TIMEOUT',
  'RESPONSE_STALLED',
  'CELL_RESET',
  'BAD_RESPONSE',
]);

/** Whether an outcome speaks for or against the instance, or (a slow client, one that left) says nothing about it. */
export function verdictOf(outcome: ExchangeOutcome, limits: EjectionLimits): 'good' | 'bad' | 'neither' {
  if (typeof outcome === 'number') return outcome >= 500 && limits.ejectOnServerError ? 'bad' : 'good';
  if (outcome === 'cancelled') return 'neither';
  return INSTANCE_FAULTS.has(outcome) ? 'bad' : 'neither';
}

export function isEjected(ejection: InstanceEjection, now: MonotonicMs): boolean {
  return ejection.until !== null && now < ejection.until;
}

/**
 * The ejection after one more outcome. `allowed`: one more instance of the cell may be ejected. Answers to requests
 * from before the ejection do not shorten it.
 */
export function ejectionAfter(
  ejection: InstanceEjection,
  verdict: 'good' | 'bad',
  allowed: boolean,
  limits: EjectionLimits,
  now: MonotonicMs,
): InstanceEjection {
  if (isEjected(ejection, now)) return ejection;
  if (verdict === 'good') return NEVER_EJECTED;
  const failuresInARow = ejection.failuresInARow + 1;
  if (failuresInARow < limits.ejectAfter || !allowed) return { ...ejection, failuresInARow, until: null };
  const times = ejection.times + 1;
  const forMs = Math.min(limits.ejectMaxMs, limits.ejectMs * times);
  return { failuresInARow: 0, times, until: (now + forMs) as MonotonicMs };
}

/**
 * Whether one more of `healthy` instances may be ejected when `ejected` of them are: never more than half, so never the
 * only one. A fault that all share (a broken database) must not leave the others with a multiple of their load.
 */
export function mayEject(healthy: number, ejected: number): boolean {
  return (ejected + 1) * 2 <= healthy;
}
