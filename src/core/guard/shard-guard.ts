import { succeeds } from '../accept-table.ts';
import { type Admission, type AdmissionClaim, admit } from '../admit.ts';
import type { Epoch, MonotonicMs, UnitId } from '../ids.ts';
import { ACTIVE } from '../shard-columns.ts';
import type { Table } from '../table.ts';
import { NONE } from '../topology.ts';
import {
  type DrainAcknowledgement,
  drainAcknowledgements,
  drainedFreezes,
  type Freezes,
  forgottenHorizons,
  freezesUnder,
  NO_FREEZES,
} from './freezes.ts';
import {
  CLOSED_AT_BOOT,
  checkedLease,
  closedLease,
  type GuardInstant,
  type GuardLease,
  type LeaseRules,
  NEVER,
  renewedLease,
} from './guard-lease.ts';

/** What one linearizable read of the store showed. */
export interface GuardReading {
  /** The version of the table's head; null if the store has none. */
  readonly head: Pick<Table, 'incarnation' | 'succeeds' | 'epoch' | 'digest'> | null;
  /** The record of this very boot is in the store: whoever waits for all guards waits for this one too. */
  readonly hasOwnRecord: boolean;
}

/**
 * `fetch`: the store has a newer table; apply it, then call `fetched`. `older`: read once more (a newer table may have come
 * meanwhile); if it is older again, close. The others change nothing more.
 */
export type ReadingResult = 'renewed' | 'fetch' | 'older' | 'closed' | 'not recorded' | 'no table';

/**
 * The guard's rules 1–3 and 5 (docs/ownership-protocol.md, "Guard") without clock and store: time is an argument. It is the
 * authority over this data center's cells; everything that it does not know for certain it refuses.
 */
export class ShardGuard {
  readonly #dataCenter: string;
  readonly #rules: LeaseRules;
  readonly #onDrained: () => void;
  /** Writes by shard. An entry stays: one that came and went with each write would cost a new table every some writes. */
  readonly #inFlight = new Map<number, number>();
  #table: Table | null = null;
  #place = NONE;
  #lease: GuardLease = CLOSED_AT_BOOT;
  /** Units that serve without the store need no horizon, but this boot must be known to whoever waits for all guards. */
  #isKnown = false;
  #freezes: Freezes = NO_FREEZES;

  /** `onDrained` is told that `drained` changed; it may be called from inside `applied` and `end`. */
  constructor(dataCenter: string, rules: LeaseRules, onDrained: () => void) {
    this.#dataCenter = dataCenter;
    this.#rules = rules;
    this.#onDrained = onDrained;
  }

  get table(): Table | null {
    return this.#table;
  }

  /** No write is admitted at or after this instant; −∞ while closed. */
  get horizon(): MonotonicMs {
    return this.#lease.horizon;
  }

  /** Why it is closed, in words; null if it rests on a read. */
  get closedBy(): string | null {
    return this.#lease.closedBy;
  }

  /** Writes that were admitted and are not over. */
  get writesInFlight(): number {
    let sum = 0;
    for (const count of this.#inFlight.values()) sum += count;
    return sum;
  }

  /** What this guard has acknowledged: it holds from the moment that it stands here, not only when it is in the store. */
  drained(): DrainAcknowledgement[] {
    return drainAcknowledgements(this.#freezes);
  }

  /** A table came into force. The horizon of before is the ack horizon of the shards that it freezes. */
  applied(table: Table, now: GuardInstant): void {
    this.#check(now);
    this.#table = table;
    this.#place = table.topology.dataCenterIndex.get(this.#dataCenter) ?? NONE;
    this.#freezes = freezesUnder(table, this.#place, this.#freezes, this.#lease.horizon);
    this.#settle();
  }

  /** Rules 1 to 3. A read of a route that is not strict goes on without a horizon; see `isStale`. */
  admit(claim: AdmissionClaim, now: GuardInstant): Admission {
    const table = this.#table;
    if (table === null) return { kind: 'refused', code: 'NO_TABLE', epoch: claim.epoch, owner: null };
    const admission = admit(table, this.#place, claim);
    if (admission.kind !== 'admitted') return admission;
    const unit = table.topology.units[table.topology.unitIndex.get(claim.unit) ?? NONE];
    if (unit === undefined || unit.kind === 'C') return admission;
    const epoch = table.shards.epoch[claim.shard] as Epoch;
    if (claim.safe) {
      if (this.#freezes.get(claim.shard)?.isDrained !== true) return admission;
      return { kind: 'refused', code: 'SHARD_MOVING', epoch, owner: null };
    }
    if (now.monotonic < this.#horizonOf(unit, now)) return admission;
    return { kind: 'refused', code: 'STORE_LOST', epoch, owner: claim.unit as UnitId };
  }

  /**
   * Whether an admitted read would be staler than rule 3 allows: worth a look at the store, if that answers. The read goes on all the
   * same when it does not (docs/decisions/007-reads-and-the-horizon.md).
   */
  isStale(claim: AdmissionClaim, now: GuardInstant): boolean {
    const { table } = this;
    const unit = table?.topology.units[table.topology.unitIndex.get(claim.unit) ?? NONE];
    if (!claim.safe || unit === undefined || unit.kind === 'C') return false;
    return now.monotonic >= this.#horizonOf(unit, now);
  }

  /** An admitted write begins; `end` must follow, once. */
  begin(shard: number): void {
    this.#inFlight.set(shard, (this.#inFlight.get(shard) ?? 0) + 1);
  }

  /** It is answered, failed or given up: from here nobody is told that it succeeded. */
  end(shard: number): void {
    const count = (this.#inFlight.get(shard) ?? 0) - 1;
    this.#inFlight.set(shard, Math.max(0, count));
    if (count <= 0 && this.#freezes.has(shard)) this.#settle();
  }

  /** Rule 5: null if the answer of an admitted write may be passed on, else why its outcome is unknown. */
  doubt(claim: AdmissionClaim, now: GuardInstant): string | null {
    const table = this.#table;
    const index = table?.topology.unitIndex.get(claim.unit) ?? NONE;
    const unit = table?.topology.units[index];
    if (table === null || unit === undefined) return 'the unit is not in the table any more';
    const { shards } = table;
    const isActive = shards.state[claim.shard] === ACTIVE;
    const owner = isActive ? shards.owner[claim.shard] : shards.previous[claim.shard];
    if (owner !== index) return `the shard has left ${claim.unit}`;
    if ((shards.since[claim.shard] as number) > claim.epoch) return 'the ownership was interrupted meanwhile';
    // Checked first: a jump makes ack horizons worthless too.
    const horizon = this.#horizonOf(unit, now);
    const freeze = this.#freezes.get(claim.shard);
    if (isActive) return now.monotonic < horizon ? null : 'the guard’s horizon has passed';
    if (freeze === undefined || freeze.isDrained) return 'the guard has acknowledged that nothing is in flight';
    return now.monotonic < freeze.ackHorizon ? null : 'the horizon held when the shard was frozen has passed';
  }

  /** Whether an upgrade may live on: only while its shard is ACTIVE here, and within the horizon. */
  mayLast(claim: AdmissionClaim, now: GuardInstant): boolean {
    return this.#table?.shards.state[claim.shard] === ACTIVE && this.doubt(claim, now) === null;
  }

  /** A read was answered that was sent at `sentAt`. A read without the own record renews nothing. */
  reading({ head, hasOwnRecord }: GuardReading, sentAt: GuardInstant): ReadingResult {
    if (!hasOwnRecord) {
      this.#isKnown = false;
      return 'not recorded';
    }
    if (head === null) return 'no table';
    const table = this.#table;
    if (table === null) return 'fetch';
    if (succeeds(head, table) && head.epoch > table.epoch) return 'fetch';
    if (head.incarnation !== table.incarnation)
      return this.close(`the store is of incarnation ${head.incarnation}, this guard runs ${table.incarnation}`);
    if (head.epoch > table.epoch) return 'fetch';
    if (head.epoch < table.epoch) return 'older';
    if (head.digest !== table.digest) return this.close(`two tables claim epoch ${head.epoch}`);
    return this.#renew(sentAt);
  }

  /** After `fetch`: a table at least as new as that reading's is in force, or not. Counted from the sending of the first read. */
  fetched({ head, hasOwnRecord }: GuardReading, sentAt: GuardInstant): boolean {
    const table = this.#table;
    if (table === null || head === null || !hasOwnRecord) return false;
    if (table.incarnation !== head.incarnation || table.epoch < head.epoch) return false;
    this.#renew(sentAt);
    return true;
  }

  /** Admits and acknowledges nothing until the next reading that renews. */
  close(reason: string): 'closed' {
    this.#lease = closedLease(reason);
    this.#isKnown = false;
    this.#freezes = forgottenHorizons(this.#freezes);
    return 'closed';
  }

  #renew(sentAt: GuardInstant): 'renewed' {
    // A jump before this sending would be invisible once the lease rests on it, and ack horizons of before would outlive it.
    this.#check(sentAt);
    this.#lease = renewedLease(this.#lease, sentAt, this.#rules);
    this.#isKnown = true;
    return 'renewed';
  }

  #horizonOf(unit: { readonly storeLost: 'fence' | 'serve' }, now: GuardInstant): number {
    this.#check(now);
    if (unit.storeLost === 'fence') return this.#lease.horizon;
    return this.#isKnown ? Number.POSITIVE_INFINITY : NEVER;
  }

  #check(now: GuardInstant): void {
    const lease = checkedLease(this.#lease, now, this.#rules);
    if (lease === this.#lease) return;
    this.#lease = lease;
    this.#freezes = forgottenHorizons(this.#freezes);
  }

  #settle(): void {
    const before = this.#freezes;
    this.#freezes = drainedFreezes(before, (shard) => this.#inFlight.get(shard) ?? 0);
    if (this.#freezes !== before) this.#onDrained();
  }
}
