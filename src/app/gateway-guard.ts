import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { ShardGuard } from '../core/guard/shard-guard.ts';
import type { BootId, DataCenterId, NodeId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import { guardMetrics } from '../gateway/guard/guard-metrics.ts';
import { GuardRenewal, instantOf, type RenewalEvent } from '../gateway/guard/guard-renewal.ts';
import { StoreRenewal } from '../gateway/guard/store-renewal.ts';
import { GuardedCells } from '../gateway/guarded-cells.ts';
import { RecordAnnouncer } from '../gateway/record-announcer.ts';
import type { Upstream } from '../gateway/upstream.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { encodeGuard, guardKey } from '../store/records/guard-record.ts';
import { HEAD_FORMATS } from '../store/records/head-record.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';
import { VERSION } from './version.ts';

export interface GatewayGuardParts {
  readonly config: GatewayConfig;
  readonly store: CoordStore;
  readonly boot: BootId;
  readonly cells: Upstream;
  readonly registry: Registry;
  readonly log: Logger;
  /** Reads the table and puts it in force; bounded, never rejects. */
  refreshTable(): Promise<void>;
  /** `host:port` of the interlink, as others reach it. */
  address(): string;
}

/** What an operator sees of a guard. */
export interface GuardStatus {
  readonly isOpen: boolean;
  /** Time left until the horizon, ms. */
  readonly leftMs: number;
  readonly closedBy: string | null;
  readonly writesInFlight: number;
  readonly drained: readonly { readonly operation: string; readonly epoch: number }[];
}

/** The guard of a gateway: its rules, its horizon's renewal, its record, and the cells behind it. */
export class GatewayGuard {
  readonly cells: GuardedCells;
  readonly #parts: GatewayGuardParts;
  readonly #guard: ShardGuard;
  readonly #renewal: GuardRenewal;
  readonly #announcer: RecordAnnouncer;
  readonly #count: (event: RenewalEvent) => void;

  constructor(parts: GatewayGuardParts) {
    this.#parts = parts;
    const { config, store, cells } = parts;
    this.#guard = new ShardGuard(config.dataCenter, config.guard, () => void this.#announcer.announce());
    this.#announcer = this.#makeAnnouncer();
    this.#renewal = new GuardRenewal({
      source: new StoreRenewal(store, guardKey(config.node as NodeId, parts.boot)),
      guard: this.#guard,
      clock,
      readMs: config.guard.readMs,
      refreshTables: () => parts.refreshTable(),
      writeRecord: () => this.#announcer.announce(),
      onEvent: (event) => this.#event(event),
    });
    const renewal = this.#renewal;
    const news = {
      refreshTable: () => parts.refreshTable(),
      renew: () => renewal.news(),
      get isHopeful() {
        return renewal.isHopeful;
      },
    };
    this.cells = new GuardedCells({ guard: this.#guard, news, clock, dataCenter: config.dataCenter, cells });
    this.#count = guardMetrics(parts.registry, () => ({ ...this.status(), upgrades: this.cells.upgrades }));
  }

  /** Opens the guard by a first read, or begins closed while the store does not answer. Never rejects. */
  start(): Promise<void> {
    return this.#renewal.start();
  }

  /** To be told of each table as it comes into force, before anything is decided by it. */
  applied(table: Table): void {
    this.#guard.applied(table, instantOf(clock));
    this.cells.reviewUpgrades();
  }

  status(): GuardStatus {
    const leftMs = this.#guard.horizon - clock.monotonicMs();
    return {
      isOpen: leftMs > 0,
      leftMs: Math.max(0, Math.round(leftMs)),
      closedBy: this.#guard.closedBy,
      writesInFlight: this.#guard.writesInFlight,
      drained: this.#guard.drained(),
    };
  }

  /** After the last request: admits nothing more, then takes the record away, so that nobody waits for this guard. */
  async close(): Promise<void> {
    await this.#renewal.close();
    this.#guard.close('this gateway has stopped');
    this.cells.reviewUpgrades();
    await this.#announcer.close();
  }

  #makeAnnouncer(): RecordAnnouncer {
    const { config, store, boot, log } = this.#parts;
    const node = config.node as NodeId;
    const dataCenter = config.dataCenter as DataCenterId;
    return new RecordAnnouncer({
      store,
      clock,
      key: guardKey(node, boot),
      beatMs: config.guard.beatMs,
      record: (beat) => {
        const { table } = this.#guard;
        const applied = table === null ? null : { incarnation: table.incarnation, epoch: table.epoch };
        const address = this.#parts.address();
        const drained = this.#guard.drained();
        const own = { node, boot, dataCenter, version: VERSION, formats: HEAD_FORMATS, address };
        const { horizonMs } = config.guard;
        return encodeGuard({ format: 1, ...own, applied, drained, horizonMs, beat });
      },
      onError: (detail) => log.warn({ detail }, 'the record of this guard could not be written'),
    });
  }

  #event(event: RenewalEvent): void {
    this.#count(event);
    if (!event.isFirst) return;
    const { log } = this.#parts;
    if (event.kind === 'renewed') log.info({ leftMs: this.status().leftMs }, 'the guard has news from the store');
    else log.warn({ result: event.kind, detail: event.detail }, 'the guard’s horizon was not renewed');
  }
}
