import type { Epoch, Incarnation } from '../ids.ts';

/** A version of the table that somebody showed. */
export interface SeenVersion {
  readonly incarnation: Incarnation;
  readonly epoch: Epoch;
  /** `gateway gateway-hz-a-1`, `gate of hz-a`, `store`. */
  readonly by: string;
}

/** Room for epochs that nobody shows any more: overrides and rulesets of the lost days reach no gate, only gateways. */
export const EPOCH_GAP = 1_000;

/** The highest epoch that was seen, whatever its incarnation: writes carry an epoch and no incarnation. */
export function highestSeen(seen: readonly SeenVersion[]): SeenVersion | null {
  return seen.reduce<SeenVersion | null>(
    (best, each) => (best === null || each.epoch > best.epoch ? each : best),
    null,
  );
}

/** The epoch of the adoption's freeze. */
export function firstEpoch(seen: readonly SeenVersion[]): Epoch {
  return ((highestSeen(seen)?.epoch ?? 0) + EPOCH_GAP) as Epoch;
}

/** Most incarnations that a table names; older ones are forgotten, the oldest first. */
const MOST_NAMED = 32;

/** The chain of a new incarnation: what the store named, the store's own, and all that others showed; the newest last. */
export function successionOf(
  store: { readonly incarnation: Incarnation; readonly succeeds?: readonly Incarnation[] },
  seen: readonly SeenVersion[],
): Incarnation[] {
  const shown = seen.map(({ incarnation }) => incarnation).filter((name) => name !== '');
  return [...new Set([...(store.succeeds ?? []), store.incarnation, ...shown])].slice(-MOST_NAMED);
}
