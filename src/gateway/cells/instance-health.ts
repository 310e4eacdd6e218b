import type { MonotonicMs } from '../../core/ids.ts';

/** What active checks have shown. `unproven`: none passed yet since the instance is known. */
export interface InstanceHealth {
  readonly state: 'unproven' | 'healthy' | 'unhealthy';
  /** Checks in a row that say the opposite of `state`. */
  readonly against: number;
  /** Since when `state` holds. */
  readonly since: MonotonicMs;
}

export interface HealthThresholds {
  readonly unhealthyAfter: number;
  readonly healthyAfter: number;
}

export function initialHealth(healthy: boolean, now: MonotonicMs): InstanceHealth {
  return { state: healthy ? 'healthy' : 'unproven', against: 0, since: now };
}

/**
 * The health after one more check. The first success of an unproven instance makes it healthy at once, so that a cell
 * starts fast; one that was unhealthy has to pass `healthyAfter` in a row.
 */
export function healthAfterCheck(
  health: InstanceHealth,
  passed: boolean,
  thresholds: HealthThresholds,
  now: MonotonicMs,
): InstanceHealth {
  if (passed === (health.state === 'healthy')) return health.against === 0 ? health : { ...health, against: 0 };
  if (health.state === 'unproven') return passed ? { state: 'healthy', against: 0, since: now } : health;
  const against = health.against + 1;
  const needed = health.state === 'healthy' ? thresholds.unhealthyAfter : thresholds.healthyAfter;
  if (against < needed) return { ...health, against };
  return { state: passed ? 'healthy' : 'unhealthy', against: 0, since: now };
}
