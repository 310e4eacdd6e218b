import type { Epoch, MonotonicMs } from '../ids.ts';
import { FREEZING } from '../shard-columns.ts';
import type { Table } from '../table.ts';
import { NEVER } from './guard-lease.ts';

/** A shard that left ACTIVE, as the guard of its previous owner sees it. */
export interface Freeze {
  readonly epoch: Epoch;
  readonly operation: string | null;
  /** The horizon that was held when the shard left ACTIVE here; no later read extends it. +∞ for a unit without a horizon. */
  readonly ackHorizon: MonotonicMs;
  /** This guard has said that nothing of it is in flight: from then on it acknowledges no write and takes no read. */
  readonly isDrained: boolean;
}

export type Freezes = ReadonlyMap<number, Freeze>;

/** "Nothing in flight" for all shards that an operation froze at an epoch; goes into the guard's record. */
export interface DrainAcknowledgement {
  readonly operation: string;
  readonly epoch: Epoch;
}

export const NO_FREEZES: Freezes = new Map();
const ALWAYS = Number.POSITIVE_INFINITY as MonotonicMs;

/**
 * The freezes after a table came into force: of shards whose previous unit has a cell in this data center. `horizon` is the one
 * held before that table. A shard that was seen frozen already keeps its ack horizon, whatever happened to it unseen.
 */
export function freezesUnder(table: Table, dataCenter: number, before: Freezes, horizon: MonotonicMs): Freezes {
  const { shards, topology } = table;
  const isHere = topology.units.map((unit) => unit.cells.some((cell) => cell.dataCenter === dataCenter));
  const freezes = new Map<number, Freeze>();
  for (let shard = shards.state.indexOf(FREEZING); shard !== -1; shard = shards.state.indexOf(FREEZING, shard + 1)) {
    const previous = shards.previous[shard] as number;
    if (isHere[previous] !== true) continue;
    const epoch = shards.epoch[shard] as Epoch;
    const old = before.get(shard);
    const held = topology.units[previous]?.storeLost === 'serve' ? ALWAYS : horizon;
    freezes.set(shard, {
      epoch,
      operation: shards.operation.get(shard) ?? null,
      ackHorizon: old?.ackHorizon ?? held,
      isDrained: old !== undefined && old.epoch === epoch && old.isDrained,
    });
  }
  return freezes.size === 0 ? NO_FREEZES : freezes;
}

/** Marks as drained every group of one operation and epoch of which nothing is in flight; the same map if there is none. */
export function drainedFreezes(freezes: Freezes, inFlight: (shard: number) => number): Freezes {
  const busy = new Set<string>();
  let isIdle = true;
  for (const [shard, freeze] of freezes) {
    if (inFlight(shard) > 0) busy.add(groupOf(freeze));
    if (!freeze.isDrained) isIdle = false;
  }
  if (isIdle) return freezes;
  let hasChanged = false;
  const next = new Map<number, Freeze>();
  for (const [shard, freeze] of freezes) {
    const isDone = !freeze.isDrained && !busy.has(groupOf(freeze));
    hasChanged ||= isDone;
    next.set(shard, isDone ? { ...freeze, isDrained: true } : freeze);
  }
  return hasChanged ? next : freezes;
}

/** What the record says: one entry for each operation and epoch that is drained here. */
export function drainAcknowledgements(freezes: Freezes): DrainAcknowledgement[] {
  const groups = new Map<string, DrainAcknowledgement>();
  for (const freeze of freezes.values()) {
    const { operation, epoch, isDrained } = freeze;
    if (isDrained && operation !== null) groups.set(groupOf(freeze), { operation, epoch });
  }
  return [...groups.values()];
}

/** A monotonic clock that stood still makes every instant of before worthless. */
export function forgottenHorizons(freezes: Freezes): Freezes {
  return new Map(
    [...freezes].map(([shard, freeze]) => [
      shard,
      freeze.ackHorizon === ALWAYS ? freeze : { ...freeze, ackHorizon: NEVER },
    ]),
  );
}

const groupOf = ({ operation, epoch }: Freeze): string => `${epoch} ${operation ?? ''}`;
