import type { Admission } from '../core/admit.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { GuardInstant } from '../core/guard/guard-lease.ts';
import type { ShardGuard } from '../core/guard/shard-guard.ts';
import type { ShardId } from '../core/ids.ts';
import { shardName } from '../core/shard-name.ts';
import type { Table } from '../core/table.ts';
import { NONE } from '../core/topology.ts';
import { DeferredStream } from './deferred-stream.ts';
import { instantOf } from './guard/guard-renewal.ts';
import { GuardedWrite, type WriteRules } from './guard/guarded-write.ts';
import { OwnedRequest, OwnershipLines, REQUEST_ID } from './owned-request.ts';
import {
  CLOSED_STREAM,
  type Claim,
  type Upstream,
  type UpstreamEvents,
  type UpstreamRequest,
  type UpstreamStream,
} from './upstream.ts';

/** Where news comes from when a request cannot be decided without. */
export interface GuardNews {
  /** Reads the table by a read that begins after this call; bounded, never rejects. */
  refreshTable(): Promise<void>;
  /** Renews the horizon by a read, perhaps one that is under way; bounded, never rejects. */
  renew(): Promise<void>;
  /** Whether `renew` is worth waiting for: the store answered when it was asked last. */
  readonly isHopeful: boolean;
}

export interface GuardedCellsParts {
  /** Whoever puts a table in force tells it before anybody else, and calls `reviewUpgrades` after. */
  readonly guard: ShardGuard;
  readonly news: GuardNews;
  readonly clock: Clock;
  readonly dataCenter: string;
  readonly cells: Upstream;
}

/** How often upgrades of units that have no horizon are looked at. */
const REVIEW_MS = 1_000;

/**
 * The guard in front of this data center's cells: the only way to them, for requests of its own edge and for those that
 * come over the interlink. The decision is made on the head, before a body byte is used; only its REFUSED means "not executed".
 */
export class GuardedCells implements Upstream {
  readonly #parts: GuardedCellsParts;
  readonly #rules: WriteRules;
  readonly #upgrades = new Set<GuardedWrite>();
  /** The lines that a cell gets, by shard; of one table. At most one entry a shard. */
  readonly #ownership = new Map<ShardId, OwnershipLines>();
  #ownershipTable: Table | null = null;
  #review: Timer | null = null;

  constructor(parts: GuardedCellsParts) {
    this.#parts = parts;
    const { guard, clock } = parts;
    this.#rules = {
      doubt: (claim) => guard.doubt(claim, instantOf(clock)),
      mayLast: (claim) => guard.mayLast(claim, instantOf(clock)),
      upgraded: (write) => {
        this.#upgrades.add(write);
        this.#watchHorizon();
      },
      ended: (write) => {
        this.#upgrades.delete(write);
        guard.end(write.claim.shard);
      },
    };
  }

  /** Upgrades that live. */
  get upgrades(): number {
    return this.#upgrades.size;
  }

  open(request: UpstreamRequest, events: UpstreamEvents): UpstreamStream {
    const now = instantOf(this.#parts.clock);
    const admission = this.#parts.guard.admit(request.claim, now);
    const news = this.#newsFor(admission, request, now);
    if (news === null) return this.#proceed(admission, request, events);
    const deferred = new DeferredStream();
    void news.then(() => {
      if (deferred.isCancelled) return;
      deferred.follow(this.#proceed(this.#admit(request), request, events), () => events.drain());
    });
    return deferred;
  }

  /** Ends the upgrades of shards that are not ACTIVE here any more, and all if the horizon has passed. */
  reviewUpgrades(): void {
    for (const write of [...this.#upgrades]) {
      if (!this.#rules.mayLast(write.claim))
        write.cut('SHARD_MOVING', 'the shard is frozen, or its guard has no horizon');
    }
    this.#watchHorizon();
  }

  #admit({ claim }: UpstreamRequest): Admission {
    return this.#parts.guard.admit(claim, instantOf(this.#parts.clock));
  }

  /** What to wait for before the decision; null: nothing would help. */
  #newsFor(admission: Admission, { claim }: UpstreamRequest, now: GuardInstant): Promise<void> | null {
    const { news, guard } = this.#parts;
    if (admission.kind === 'behind') return news.refreshTable();
    const isClosed = admission.kind === 'refused' && admission.code === 'STORE_LOST';
    const isLate = isClosed || (admission.kind === 'admitted' && guard.isStale(claim, now));
    return isLate && news.isHopeful ? news.renew() : null;
  }

  #proceed(admission: Admission, request: UpstreamRequest, events: UpstreamEvents): UpstreamStream {
    const { guard, cells } = this.#parts;
    const { claim } = request;
    const { table } = guard;
    if (admission.kind !== 'admitted' || table === null) {
      const epoch = 'epoch' in admission ? admission.epoch : claim.epoch;
      events.refused(admission.kind === 'refused' ? admission : { code: 'GUARD_BEHIND', epoch, owner: null });
      return CLOSED_STREAM;
    }
    const owned = new OwnedRequest(request, this.#ownershipOf(table, claim));
    if (claim.safe) {
      events.admitted();
      return cells.open(owned, events);
    }
    // Counted before anybody hears of it: from here a freeze waits for it.
    guard.begin(claim.shard);
    const write = new GuardedWrite(claim, this.#rules, events);
    events.admitted();
    return write.open(cells, owned);
  }

  /** An upgrade is silent for hours: its end cannot wait for an event. */
  #watchHorizon(): void {
    this.#review?.cancel();
    this.#review = null;
    if (this.#upgrades.size === 0) return;
    const { clock, guard } = this.#parts;
    const left = guard.horizon - clock.monotonicMs();
    const delayMs = left > 0 && left < REVIEW_MS ? left : REVIEW_MS;
    this.#review = clock.setTimer(delayMs, () => this.reviewUpgrades());
  }

  /** The guard's word to the application: whose request this is, and under which epoch (docs/reference-unit.md). */
  #ownershipOf(table: Table, claim: Claim): OwnershipLines {
    if (this.#ownershipTable !== table) {
      this.#ownershipTable = table;
      this.#ownership.clear();
    }
    // The same for all requests of a shard at one cell; the claim's epoch is the guard's own, or it would not be admitted.
    let known = this.#ownership.get(claim.shard);
    if (known?.cell !== claim.cell || known.epoch !== claim.epoch || known.unit !== claim.unit) {
      const { unit, cell, epoch } = claim;
      known = new OwnershipLines(unit, cell, epoch, this.#ownershipLines(table, claim));
      this.#ownership.set(claim.shard, known);
    }
    return known;
  }

  #ownershipLines(table: Table, claim: Claim): readonly string[] {
    const { topology, epoch } = table;
    const unit = topology.units[topology.unitIndex.get(claim.unit) ?? NONE];
    const lines = ['ldc-unit', claim.unit, 'ldc-cell', claim.cell, 'ldc-data-center', this.#parts.dataCenter];
    if (unit?.kind === 'C') return [...lines, 'ldc-epoch', String(epoch), ...REQUEST_ID];
    lines.push('ldc-epoch', String(claim.epoch), ...REQUEST_ID);
    lines.push('ldc-shard', shardName(topology.shardRule, claim.shard));
    const primary = topology.dataCenters[table.shards.primary[claim.shard] ?? NONE];
    return primary === undefined ? lines : [...lines, 'ldc-primary', primary.id];
  }
}
