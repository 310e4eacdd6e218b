import type { Random } from '../../core/clock.ts';

/** What counts when an instance is chosen. */
export interface InstanceLoad {
  readonly inFlight: number;
  /** 0 < weight ≤ 1: share of its normal traffic that it takes while it warms up. */
  readonly weight: number;
}

const RANGE = 2 ** 32;

/**
 * Index of the less loaded of two candidates drawn at random; -1 if there is none. Two draws keep the greatest load
 * close to the mean without the herd that "least loaded of all" makes (Mitzenmacher, The Power of Two Choices, 2001).
 * A candidate that warms up stands back from a draw with probability 1 − weight: by its load alone, which is next to
 * nothing, it would be given more than the others, not less.
 */
export function chooseInstance(candidates: readonly InstanceLoad[], random: Random): number {
  const count = candidates.length;
  if (count < 2) return count - 1;
  const first = random.next() % count;
  const second = (first + 1 + (random.next() % (count - 1))) % count;
  const a = candidates[first] as InstanceLoad;
  const b = candidates[second] as InstanceLoad;
  const aStands = stands(a, random);
  const bStands = stands(b, random);
  if (aStands !== bStands) return aStands ? first : second;
  return b.inFlight < a.inFlight ? second : first;
}

function stands({ weight }: InstanceLoad, random: Random): boolean {
  return weight >= 1 || random.next() < weight * RANGE;
}

const LEAST_WEIGHT = 0.1;

/** Weight of an instance that became available `sinceMs` ago: from a tenth to 1 in a straight line over `slowStartMs`. */
export function slowStartWeight(sinceMs: number, slowStartMs: number): number {
  if (sinceMs >= slowStartMs) return 1;
  return Math.max(LEAST_WEIGHT, sinceMs / slowStartMs);
}
