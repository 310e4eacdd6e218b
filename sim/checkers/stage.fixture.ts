import type { DrainAcknowledgement } from '../../src/core/guard/freezes.ts';
import type { Epoch, Incarnation, ShardId } from '../../src/core/ids.ts';
import type { ShardRecord } from '../../src/core/shard-columns.ts';
import { firstTable, makeTable, type Table } from '../../src/core/table.ts';
import type { LedgerEntry } from '../../src/reference-unit/ledger-entry.ts';
import type { StoreWrite } from '../../src/store/coord-store.ts';
import { type ClientRequest, FactFeed } from '../fleet/facts.ts';
import { MemoryTables } from '../fleet/memory-tables.ts';
import { ShardHistory } from '../fleet/shard-history.ts';
import { openTopology } from '../run/topology-file.ts';
import { SimStore } from '../store/sim-store.ts';
import type { Checked, Checker } from './checker.ts';

const topology = openTopology('three-cities.yaml');
export const FIRST: Table = firstTable(topology, 'life' as Incarnation, '');

/** The table one epoch later, with changes of one shard. */
export function next(before: Table, shard: number, change: Partial<ShardRecord> = {}, epoch = before.epoch + 1): Table {
  const shards = before.shards.copy();
  const record = { ...shards.at(shard as ShardId), epoch: epoch as Epoch, ...change };
  shards.fill(shard, shard, record);
  return makeTable({ ...before, epoch: epoch as Epoch, digest: `table ${epoch}`, shards });
}

/** A gateway as far as a checker looks at it. */
export interface StagedGateway {
  readonly process: {
    readonly id: string;
    readonly isUp: boolean;
    readonly isRunning: boolean;
    monotonicMs(): number;
    wallMs(): number;
  };
  readonly dataCenter: string;
  readonly boot: number;
  readonly bootId: string;
  readonly held: number;
  readonly guard: {
    readonly table: Table | null;
    readonly horizon: number;
    readonly closedBy: string | null;
    readonly writesInFlight: number;
    drained(): readonly DrainAcknowledgement[];
    wouldAdmit(): boolean;
  };
  readonly core: { readonly routing: { readonly current: { readonly table: Table | null } } };
}

export function gatewayOf(dataCenter: string, table: Table | null, isOpen = true): StagedGateway {
  return {
    process: { id: `gateway-${dataCenter}-1`, isUp: true, isRunning: true, monotonicMs: () => 0, wallMs: () => 0 },
    dataCenter,
    boot: 1,
    bootId: `boot-of-${dataCenter}`,
    held: 0,
    guard: {
      table,
      horizon: isOpen ? 1 : -1,
      closedBy: null,
      writesInFlight: 0,
      drained: () => [],
      wouldAdmit: () => isOpen,
    },
    core: { routing: { current: { table } } },
  };
}

/** A fleet of which only that is there what checkers look at; facts are told by the test. */
export class Stage {
  readonly facts = new FactFeed();
  readonly history = new ShardHistory();
  readonly truth = new SimStore(() => undefined);
  readonly gateways: StagedGateway[] = [];
  readonly controls = [{ isLeading: true }];
  readonly cells = new Map<string, { readonly tables: MemoryTables }>();
  readonly acknowledged = new Map<string, { readonly request: ClientRequest; readonly at: number }>();
  readonly violations: string[] = [];
  storeDownSince: number | null = null;
  readonly #checked: Checked;
  readonly #checker: Checker;

  constructor(checker: Checker) {
    this.#checker = checker;
    const { facts, history, truth, gateways, controls, cells, acknowledged } = this;
    const world = { now: 0, note: () => undefined };
    const fleet = { facts, history, store: { truth }, gateways, controls, cells, world, topology };
    const crowd = { acknowledged, inFlight: 0 };
    const calm = { calmSince: () => 0, storeDownSince: () => this.storeDownSince };
    this.#checked = { fleet, crowd, ...calm } as unknown as Checked;
    this.history.add(FIRST);
    checker.watch(this.#checked, (detail) => this.violations.push(detail));
  }

  /** A transaction of the table, and of records with it. */
  commit(by: string, after: Table | null, writes: readonly StoreWrite[] = []): void {
    const before = this.history.table;
    const { revision } = this.truth;
    this.truth.transact(by, [], writes);
    if (after !== null) this.history.add(after);
    const commit = { by, conditions: [], writes, revision: revision + 1 };
    this.facts.tell({ kind: 'committed', commit, before: after === null ? null : before, after });
  }

  guardChanged(gateway: StagedGateway, before: Table | null = null): void {
    const { table } = gateway.guard;
    this.facts.tell({ kind: 'guardChanged', gateway: gateway as never, before, after: table });
  }

  executed(dataCenter: string, unit: string, entry: Partial<LedgerEntry> = {}): void {
    this.facts.tell({ kind: 'executed', dataCenter, unit, entry: entryOf(entry) });
  }

  /** Gives a data center a ledger with these entries. */
  ledger(dataCenter: string, entries: readonly Partial<LedgerEntry>[], isPrimary: boolean): MemoryTables {
    const tables = new MemoryTables(new Set(isPrimary ? ['07'] : []));
    this.cells.set(dataCenter, { tables });
    tables.asTables().database.exec('BEGIN');
    for (const [index, entry] of entries.entries()) {
      const role = isPrimary ? ('primary' as const) : ('copy' as const);
      const whole = entryOf({ offset: index + 1, id: `e${index + 1}`, ...entry });
      tables.log.append(whole, index + 1, { lineage: whole.lineage, unit: 'RZ01', role, leader: '' });
    }
    tables.asTables().database.exec('COMMIT');
    return tables;
  }

  /** All that the checker has to say, at the end too. */
  said(): readonly string[] {
    return [...this.violations, ...(this.#checker.atEnd?.(this.#checked) ?? [])];
  }
}

export function entryOf(entry: Partial<LedgerEntry> = {}): LedgerEntry {
  const numbers = { offset: 1, lineage: 0, epoch: 1, amount: 1, balance: 1, takenAt: 0 };
  return { shard: '07', account: '107', id: 'e1', cell: 'RZ01A', ...numbers, ...entry };
}

export function requestOf(request: Partial<ClientRequest> = {}): ClientRequest {
  const names = { id: 'e1', tag: 'e1.1', user: '107', kind: 'plain' as const };
  return { ...names, shard: 7, amount: 1, hasBody: false, sentAt: 0, ...request };
}
