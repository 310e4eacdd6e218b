import type { Clock } from '../core/clock.ts';
import type { DrainAcknowledgement } from '../core/guard/freezes.ts';
import type { BootId, DataCenterId, NodeId } from '../core/ids.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { encodeGuard, type GuardRecord, guardKey } from '../store/records/guard-record.ts';
import { HEAD_FORMATS } from '../store/records/head-record.ts';
import { EdgeAnnouncer, type EdgeFacts } from './edge-announcer.ts';
import { GuardRenewal, type RenewableGuard, type RenewalEvent } from './guard/guard-renewal.ts';
import type { GuardSettings } from './guard/guard-settings.ts';
import { StoreRenewal } from './guard/store-renewal.ts';
import type { GuardNews } from './guarded-cells.ts';
import { RecordAnnouncer } from './record-announcer.ts';
import {
  type SnapshotKeeper,
  TableFeed,
  type TableFeedEvent,
  type TableFeedParts,
  type TableFeedSettings,
} from './table-feed.ts';

export interface StoreSideSettings {
  readonly guard: GuardSettings;
  readonly tableFeed: TableFeedSettings;
  readonly announce: { readonly beatMs: number };
}

/** What the guard's record says of what runs behind it. */
export interface GuardFacts {
  readonly applied: GuardRecord['applied'];
  readonly drained: readonly DrainAcknowledgement[];
}

export interface StoreSideParts {
  readonly clock: Clock;
  readonly store: CoordStore;
  readonly realm: string;
  readonly node: NodeId;
  readonly boot: BootId;
  readonly dataCenter: DataCenterId;
  readonly version: string;
  readonly settings: StoreSideSettings;
  readonly snapshot: SnapshotKeeper;
  /** The guard, or whoever stands for the guards of several processes. */
  readonly guard: RenewableGuard;
  readonly apply: TableFeedParts['apply'];
  /** At the moment of the call. */
  guardFacts(): GuardFacts;
  /** What its record as an edge says. */
  edgeFacts(): EdgeFacts;
  onTable(event: TableFeedEvent): void;
  onRenewal(event: RenewalEvent): void;
  /** A record of this gateway could not be written. */
  onRecordError(record: 'edge' | 'guard', detail: string): void;
}

/**
 * The half of a gateway that talks to the store: the table, the guard's horizon, and both records. A gateway has one, however many
 * processes decide on its requests.
 */
export class StoreSide {
  readonly feed: TableFeed;
  /** For whoever decides on requests. */
  readonly news: GuardNews;
  readonly #renewal: GuardRenewal;
  readonly #guardRecord: RecordAnnouncer;
  readonly #edgeRecord: EdgeAnnouncer;

  constructor(parts: StoreSideParts) {
    const { store, realm, clock, node, boot, snapshot, settings, onTable } = parts;
    const { apply } = parts;
    this.feed = new TableFeed({ store, realm, clock, snapshot, settings: settings.tableFeed, apply, onEvent: onTable });
    this.#guardRecord = makeGuardRecord(parts);
    this.#renewal = this.#makeRenewal(parts);
    this.news = this.#makeNews();
    const onError = (detail: string): void => parts.onRecordError('edge', detail);
    const facts = (): EdgeFacts => parts.edgeFacts();
    this.#edgeRecord = new EdgeAnnouncer({ store, clock, node, boot, ...settings.announce, facts, onError });
  }

  /** Reads the table and opens the guard, or begins without while the store does not answer. */
  async start(): Promise<void> {
    await this.feed.start();
    await this.#renewal.start();
  }

  /** Writes the edge's record soon. */
  announce(): void {
    this.#edgeRecord.announce();
  }

  /** Writes the guard's record soon. */
  announceGuard(): void {
    void this.#guardRecord.announce();
  }

  /** The edge's record goes, so that nobody waits for this gateway; the store may be down. */
  leave(): Promise<void> {
    return this.#edgeRecord.close();
  }

  /** Ends all reading. The guard's record stays until `withdraw`. */
  async close(): Promise<void> {
    await Promise.all([this.feed.close(), this.#renewal.close()]);
  }

  /** Takes the guard's record away: only when nothing behind it can admit or acknowledge any more. */
  withdraw(): Promise<void> {
    return this.#guardRecord.close();
  }

  #makeRenewal({ store, clock, node, boot, settings, guard, onRenewal }: StoreSideParts): GuardRenewal {
    return new GuardRenewal({
      source: new StoreRenewal(store, guardKey(node, boot)),
      guard,
      clock,
      readMs: settings.guard.readMs,
      refreshTables: () => this.feed.refresh(),
      tableConfirmed: (sentAt) => this.feed.confirmed(sentAt),
      writeRecord: () => this.#guardRecord.announce(),
      onEvent: onRenewal,
    });
  }

  #makeNews(): GuardNews {
    const renewal = this.#renewal;
    return {
      refreshTable: () => this.feed.refresh(),
      renew: () => renewal.news(),
      get isHopeful() {
        return renewal.isHopeful;
      },
    };
  }
}

function makeGuardRecord(parts: StoreSideParts): RecordAnnouncer {
  const { store, clock, node, boot, dataCenter, version, settings } = parts;
  const { horizonMs, beatMs } = settings.guard;
  return new RecordAnnouncer({
    store,
    clock,
    key: guardKey(node, boot),
    beatMs,
    record: (beat) => {
      const { interlink: address } = parts.edgeFacts();
      const own = { node, boot, dataCenter, version, formats: HEAD_FORMATS, address };
      return encodeGuard({ format: 1, ...own, ...parts.guardFacts(), horizonMs, beat });
    },
    onError: (detail) => parts.onRecordError('guard', detail),
  });
}
