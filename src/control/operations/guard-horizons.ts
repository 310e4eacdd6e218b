import type { CoordStore, StoreEntry } from '../../store/coord-store.ts';
import { decodeGuard, GUARD_PREFIX } from '../../store/records/guard-record.ts';

/** L of one guard, as its record says. */
export interface GuardHorizon {
  /** `gateway-hz-a-1`. */
  readonly node: string;
  readonly horizonMs: number;
}

/** What the guards' records say of L. Records that say nothing, or cannot be read, are left out. */
export function guardHorizons(entries: readonly StoreEntry[]): GuardHorizon[] {
  return entries.flatMap(({ key, value }): GuardHorizon[] => {
    try {
      const { node, horizonMs } = decodeGuard(key, value);
      return horizonMs === undefined ? [] : [{ node, horizonMs }];
    } catch {
      return [];
    }
  });
}

export async function readGuardHorizons(store: CoordStore): Promise<GuardHorizon[]> {
  return guardHorizons((await store.snapshot(GUARD_PREFIX)).entries);
}

/**
 * The L that W has to be worked out from: the own setting, or a guard's that is larger. Read after a freeze it covers every guard that
 * can still admit at an older epoch: one opens only after a read that contains its own record, and a read later than the freeze shows it.
 */
export function largestHorizonMs(ownMs: number, horizons: readonly GuardHorizon[]): number {
  return horizons.reduce((most, { horizonMs }) => Math.max(most, horizonMs), ownMs);
}

/** Most names in a sentence. */
const NAMES = 5;

/** Guards whose L is not this node's, in one sentence for each value; empty: all agree. */
export function horizonsApart(ownMs: number, horizons: readonly GuardHorizon[]): string[] {
  const groups = new Map<number, string[]>();
  for (const { node, horizonMs } of horizons) {
    if (horizonMs !== ownMs) groups.set(horizonMs, [...(groups.get(horizonMs) ?? []), node]);
  }
  return [...groups].map(([horizonMs, nodes]) => {
    const more = nodes.length > NAMES ? ` and ${nodes.length - NAMES} more` : '';
    const seen = `guard.horizonMs of ${nodes.slice(0, NAMES).join(', ')}${more} is ${horizonMs}, operations.horizonMs is ${ownMs}`;
    const then = horizonMs > ownMs ? 'operations wait for the longer one' : 'emergencies wait longer than they need';
    return `${seen}: ${then}; set both alike`;
  });
}
