import { join } from 'node:path';
import type { Logger } from 'pino';
import { ShardGuard } from '../../core/guard/shard-guard.ts';
import type { BootId, DataCenterId, NodeId } from '../../core/ids.ts';
import type { Table } from '../../core/table.ts';
import type { EdgeFacts } from '../../gateway/edge-announcer.ts';
import { guardMetrics } from '../../gateway/guard/guard-metrics.ts';
import type { RenewalEvent } from '../../gateway/guard/guard-renewal.ts';
import { instantOf } from '../../gateway/guard/guard-renewal.ts';
import { guardStatus } from '../../gateway/guard/guard-status.ts';
import type { Identity } from '../../gateway/identity/identity.ts';
import type { GatewayMetrics } from '../../gateway/metrics.ts';
import { StoreSide } from '../../gateway/store-side.ts';
import type { TableFeedEvent } from '../../gateway/table-feed.ts';
import { SharedGuard } from '../../gateway/workers/shared-guard.ts';
import { type AppliedVersion, type GuardWord, WorkerLedger } from '../../gateway/workers/worker-ledger.ts';
import type { CoordStore } from '../../store/coord-store.ts';
import { coreSettings } from '../core-settings.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { renewalLog } from '../renewal-log.ts';
import { snapshotFile } from '../snapshot-file.ts';
import { SYSTEM_CLOCK as clock } from '../system-clock.ts';
import { TableLog } from '../table-log.ts';
import { VERSION } from '../version.ts';
import { ToldWorld } from './told-world.ts';
import type { WorkerProcess } from './worker-process.ts';

export interface ParentStoreParts {
  readonly config: GatewayConfig;
  readonly store: CoordStore;
  readonly boot: BootId;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly identity: Identity;
  /** All that are not dead. */
  workers(): readonly WorkerProcess[];
  /** Puts a table in force here; throws for one that cannot be run. Workers are told after. */
  apply(table: Table): void;
  /** What its record as an edge says; `applied` is put in. */
  facts(): EdgeFacts;
}

/**
 * The store's side of a gateway with workers: one table feed, one horizon and one pair of records for all of them. What the records say
 * holds for every process that may admit or acknowledge.
 */
export class ParentStore {
  readonly ledger = new WorkerLedger();
  readonly world: ToldWorld;
  readonly side: StoreSide;
  readonly #parts: ParentStoreParts;
  readonly #own: ShardGuard;
  readonly #guard: SharedGuard;
  readonly #tableLog: TableLog;
  #acknowledged = '[]';
  #announced = '';

  constructor(parts: ParentStoreParts) {
    this.#parts = parts;
    const { config, workers, log, identity } = parts;
    // Nothing is ever in flight at the parent's own guard: what it has acknowledged is what the table froze.
    this.#own = new ShardGuard(config.dataCenter, config.guard, () => this.#announceIfDrained());
    this.#guard = new SharedGuard(this.#own, (notice) => this.world.tell({ kind: 'guard', notice }));
    this.world = new ToldWorld({ ledger: this.ledger, guard: this.#guard, workers });
    this.#tableLog = new TableLog(log, identity);
    this.side = this.#makeSide();
  }

  /** As the newest table and the last read have it; workers may be behind. */
  get guard(): ShardGuard {
    return this.#own;
  }

  /** The version that all workers run; null while one of them runs none. */
  get applied(): AppliedVersion {
    return this.ledger.applied(versionOf(this.#own.table));
  }

  /** What all workers have acknowledged. */
  drained(): GuardWord['drained'] {
    return this.ledger.drained(this.#own.drained());
  }

  /** A worker says what it runs and what it acknowledged. */
  said(worker: number, word: GuardWord): void {
    this.ledger.said(worker, word);
    this.#announceIfDrained();
    this.#announceIfApplied();
  }

  /** From here on nobody waits for it. */
  died(worker: number): void {
    this.ledger.died(worker);
    this.#announceIfDrained();
    this.#announceIfApplied();
  }

  /** When no worker lives any more: nothing is admitted, and nobody needs to wait for this guard. */
  async close(): Promise<void> {
    await this.side.close();
    this.#guard.close('this gateway has stopped');
    await this.side.withdraw();
  }

  #announceIfDrained(): void {
    const drained = JSON.stringify(this.drained());
    if (drained === this.#acknowledged) return;
    this.#acknowledged = drained;
    this.side.announceGuard();
  }

  #announceIfApplied(): void {
    const applied = JSON.stringify(this.applied);
    if (applied === this.#announced) return;
    this.#announced = applied;
    this.side.announce();
  }

  #apply(table: Table, text: () => string): void {
    this.#parts.apply(table);
    this.#own.applied(table, instantOf(clock));
    this.world.table(text());
  }

  #makeSide(): StoreSide {
    const { config, store, boot, log, metrics } = this.#parts;
    const { realm, node, directory, dataCenter } = config;
    const guardNow = () => ({ ...guardStatus(this.#own, clock), upgrades: 0 });
    const countRenewal = guardMetrics(metrics.registry, guardNow);
    const logRenewal = renewalLog(log, guardNow);
    return new StoreSide({
      clock,
      store,
      realm,
      node: node as NodeId,
      boot,
      dataCenter: dataCenter as DataCenterId,
      version: VERSION,
      settings: coreSettings(config),
      snapshot: snapshotFile(join(directory, 'table.snapshot')),
      guard: this.#guard,
      apply: (table, text) => this.#apply(table, text),
      guardFacts: () => ({ applied: this.applied, drained: this.drained() }),
      edgeFacts: () => ({ ...this.#parts.facts(), applied: this.applied }),
      onTable: (event) => this.#tableEvent(event),
      onRenewal: (event: RenewalEvent) => {
        countRenewal(event);
        logRenewal(event);
        this.world.hope(this.side.news.isHopeful);
      },
      onRecordError: (record, detail) => log.warn({ record, detail }, 'a record of this gateway could not be written'),
    });
  }

  #tableEvent(event: TableFeedEvent): void {
    this.#parts.metrics.table(event);
    this.#tableLog.note(event);
  }
}

function versionOf(table: Table | null): AppliedVersion {
  return table === null ? null : { incarnation: table.incarnation, epoch: table.epoch };
}
