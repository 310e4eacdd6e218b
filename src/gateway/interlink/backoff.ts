import type { Random } from '../../core/clock.ts';

/**
 * How long to wait before attempt `failures + 1`: doubled each time up to a limit, then shortened by up to half at
 * random, so that the edges of a data center that comes back do not all dial at once.
 */
export function backoffMs(
  failures: number,
  limits: { backoffMinMs: number; backoffMaxMs: number },
  random: Random,
): number {
  const fullMs = Math.min(limits.backoffMaxMs, limits.backoffMinMs * 2 ** Math.min(failures, 30));
  return fullMs * (0.5 + random.next() / 0x2_0000_0000);
}
