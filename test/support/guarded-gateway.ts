import type { TestContext } from 'node:test';
import { isHeld } from '../../src/core/decide.ts';
import { ShardGuard } from '../../src/core/guard/shard-guard.ts';
import type { BootId, DataCenterId, NodeId } from '../../src/core/ids.ts';
import type { Table } from '../../src/core/table.ts';
import type { ExchangeEnd } from '../../src/gateway/exchange-end.ts';
import { GuardRenewal, instantOf } from '../../src/gateway/guard/guard-renewal.ts';
import { DEFAULT_GUARD_SETTINGS, type GuardSettings } from '../../src/gateway/guard/guard-settings.ts';
import { StoreRenewal } from '../../src/gateway/guard/store-renewal.ts';
import { GuardedCells } from '../../src/gateway/guarded-cells.ts';
import { DEFAULT_HOLD_SETTINGS } from '../../src/gateway/holding/hold-settings.ts';
import { Holding } from '../../src/gateway/holding/holding.ts';
import { Pipeline } from '../../src/gateway/pipeline.ts';
import { RecordAnnouncer } from '../../src/gateway/record-announcer.ts';
import { RoutingState } from '../../src/gateway/routing-state.ts';
import { TableFeed } from '../../src/gateway/table-feed.ts';
import type { CoordStore } from '../../src/store/coord-store.ts';
import { encodeGuard, guardKey } from '../../src/store/records/guard-record.ts';
import { HandGuard } from './hand-guard.ts';
import { machineClock as clock } from './machine-clock.ts';
import { rawHead } from './raw-head.ts';
import { RecordingDownstream } from './recording-downstream.ts';
import { seededRandom } from './seeded-random.ts';

const OWN = { node: 'gateway-1' as NodeId, boot: 'boot-1' as BootId, dataCenter: 'hz-a' as DataCenterId };
export const OWN_KEY = guardKey(OWN.node, OWN.boot);

/** A gateway of hz-a on a store, without sockets: table feed, guard, holding and pipeline are the real ones. */
export class GuardedGateway {
  /** Behind the own guard. */
  readonly cells = new HandGuard();
  /** Every other data center's guard. */
  readonly elsewhere = new HandGuard();
  readonly ends: ExchangeEnd[] = [];
  readonly guard: ShardGuard;
  readonly holding: Holding;
  readonly #routing: RoutingState;
  readonly #feed: TableFeed;
  readonly #renewal: GuardRenewal;
  readonly #announcer: RecordAnnouncer;
  readonly #guarded: GuardedCells;
  readonly #pipeline: Pipeline;

  constructor(store: CoordStore, settings: Partial<GuardSettings> = {}) {
    const rules = { ...DEFAULT_GUARD_SETTINGS, jumpMs: 60_000, ...settings };
    this.guard = new ShardGuard('hz-a', rules, () => void this.#announcer.announce());
    this.#routing = new RoutingState({
      dataCenter: 'hz-a',
      compileIdentity: () => ({ identify: () => ({ kind: 'found', userId: '12307', source: 'header x-user-id' }) }),
      healthOf: () => ({ isReachable: true, isCellAvailable: () => true }),
      onOwnCells: () => undefined,
    });
    this.#feed = new TableFeed({
      store,
      realm: 'test',
      clock,
      snapshot: { load: () => Promise.resolve(null), save: () => Promise.resolve() },
      settings: { pollMs: 50 },
      apply: (table) => this.#apply(table),
      onEvent: () => undefined,
    });
    this.#announcer = this.#announce(store);
    this.#renewal = new GuardRenewal({
      source: new StoreRenewal(store, OWN_KEY),
      guard: this.guard,
      clock,
      readMs: rules.readMs,
      refreshTables: () => this.#feed.refresh(),
      tableConfirmed: (sentAt) => this.#feed.confirmed(sentAt),
      writeRecord: () => this.#announcer.announce(),
      onEvent: () => undefined,
    });
    const renewal = this.#renewal;
    const news = {
      refreshTable: () => this.#feed.refresh(),
      renew: () => renewal.news(),
      get isHopeful() {
        return renewal.isHopeful;
      },
    };
    this.#guarded = new GuardedCells({ guard: this.guard, news, clock, dataCenter: 'hz-a', cells: this.cells });
    this.holding = this.#hold();
    this.#pipeline = this.#route();
  }

  /** A request of user 12307, shard 07; its client. */
  send(method: string, more = ''): RecordingDownstream {
    const client = new RecordingDownstream();
    const text = `${method} /x HTTP/1.1\nHost: a\nX-User-Id: 12307${more}`;
    client.handle = this.#pipeline.begin(rawHead(text), 'general', client);
    return client;
  }

  async start(t: TestContext): Promise<this> {
    t.after(() => this.#close());
    await this.#feed.start();
    await this.#renewal.start();
    return this;
  }

  async #close(): Promise<void> {
    await this.#renewal.close();
    await this.#feed.close();
    await this.#announcer.close();
  }

  #apply(table: Table): void {
    this.#routing.apply(table);
    this.guard.applied(table, instantOf(clock));
    this.#guarded.reviewUpgrades();
    this.holding.tableChanged();
  }

  #announce(store: CoordStore): RecordAnnouncer {
    return new RecordAnnouncer({
      store,
      clock,
      key: OWN_KEY,
      beatMs: 200,
      record: (beat) => {
        const drained = this.guard.drained();
        const own = { ...OWN, version: '0', formats: [1], address: 'h:1', applied: null };
        return encodeGuard({ format: 1, ...own, drained, beat });
      },
      onError: () => undefined,
    });
  }

  #hold(): Holding {
    return new Holding({
      clock,
      settings: DEFAULT_HOLD_SETTINGS,
      isFree: (shard, epoch) => {
        const table = this.#routing.current?.table;
        return table !== undefined && !isHeld(table, shard) && (table.shards.epoch[shard] ?? 0) >= epoch;
      },
      observer: { held: () => undefined, ended: () => undefined, refused: () => undefined },
    });
  }

  #route(): Pipeline {
    return new Pipeline({
      clock,
      random: seededRandom(1),
      dataCenter: 'hz-a',
      current: () => this.#routing.current,
      // The copies of hz-b are down, so that the shard's requests stay in hz-a.
      place: { isAvailable: (cell) => this.#routing.current?.table.topology.cells[cell]?.id !== 'RZ01B' },
      upstreamOf: (dataCenter) => (dataCenter === 'hz-a' ? this.#guarded : this.elsewhere),
      holding: this.holding,
      catchUp: () => this.#feed.refresh(),
      mayResend: () => true,
      finished: (end) => void this.ends.push(end),
      debugHeaders: false,
      traceSampled: false,
    });
  }
}
