import type { Clock, Random, Timer } from '../../core/clock.ts';
import type { Operation } from '../../core/operation/operation.ts';
import type { RunningOperation } from '../../core/operation/progress.ts';
import type { Table } from '../../core/table.ts';
import type { CoordStore, StoreEntry, StoreWatch } from '../../store/coord-store.ts';
import type { TableReader } from '../../store/records/table-reader.ts';
import { ApiError } from '../api-error.ts';
import type { ControlObserver } from '../control-event.ts';
import type { EdgeWatch } from '../edge-watch.ts';
import { randomUuid } from '../random-uuid.ts';
import { decodeWish, OPERATION_PREFIX, WISH_PREFIX } from '../records/operation-record.ts';
import { checkTargets } from './check-targets.ts';
import type { GateCalls } from './gate-calls.ts';
import { largestHorizonMs, readGuardHorizons } from './guard-horizons.ts';
import { GuardWatch } from './guard-watch.ts';
import { Leadership, NotLeader } from './leadership.ts';
import { type ChoreParts, removeExpiredOverrides, trimHistory } from './operation-chores.ts';
import { OperationRunner } from './operation-runner.ts';
import type { OperationSettings } from './operation-settings.ts';
import { readOperations, readPolicy, type StoredOperation } from './operation-store.ts';
import { withWindow } from './operation-window.ts';
import { StepWriter } from './step-writer.ts';

export interface OperationDeskParts {
  readonly store: CoordStore;
  readonly tables: TableReader;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: ControlObserver;
  readonly edges: EdgeWatch;
  readonly gates: GateCalls;
  readonly node: string;
  readonly settings: OperationSettings;
}

/** Readings that hints ask for keep this distance, ms. */
const HINT_GAP_MS = 10;

/**
 * Carries out every operation on record while this node leads: begins those that nobody carries out, passes on what people ask of
 * them, and does the chores (ended overrides, old records). Nodes that do not lead follow the records only.
 */
export class OperationDesk {
  readonly leadership: Leadership;
  readonly #parts: OperationDeskParts;
  readonly #guards: GuardWatch;
  readonly #writer: StepWriter;
  readonly #chores: ChoreParts;
  readonly #runners = new Map<string, OperationRunner>();
  readonly #listeners = new Set<() => void>();
  #watches: StoreWatch[] = [];
  #timer: Timer | null = null;
  #pass: Promise<void> | null = null;
  #isHinted = false;
  #isClosed = false;

  constructor(parts: OperationDeskParts) {
    const { store, tables, clock, random, observer, node, settings } = parts;
    this.#parts = parts;
    const onChange = (term: number | null): void => this.#termChanged(term);
    const boot = randomUuid(random);
    const { leaderMs, guardGoneMs: goneMs, horizonMs, keepRecords, keepDays } = settings;
    this.leadership = new Leadership({ store, clock, observer, node, boot, leaderMs, onChange });
    const { leadership } = this;
    this.#guards = new GuardWatch({ store, clock, observer, leadership, goneMs, horizonMs });
    this.#writer = new StepWriter({ store, tables, clock, leadership });
    this.#chores = { store, tables, clock, leadership, observer, keepRecords, keepDays };
  }

  start(): void {
    const { store } = this.#parts;
    this.#watches = [OPERATION_PREFIX, WISH_PREFIX].map((prefix) => store.watch(prefix, () => this.nudge()));
    this.leadership.start();
    this.#schedule();
  }

  /** Stops here, in the middle of whatever is under way: another node goes on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const watch of this.#watches) watch.close();
    this.#timer?.cancel();
    this.#stopRunners();
    this.#tell();
    await this.#guards.stop();
    await this.leadership.close();
    await this.#pass;
  }

  /** The operation as this node carries it out, and the guards that it waits for; null: another node does, or nobody. */
  progressOf(id: string): { readonly running: RunningOperation; readonly guards: readonly string[] } | null {
    const runner = this.#runners.get(id);
    return runner === undefined ? null : { running: runner.running, guards: this.#guards.missing(id) };
  }

  /** Calls back when operations may have changed; returns how to stop it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Something changed in the records: look soon. */
  nudge(): void {
    this.#tell();
    this.#isHinted = true;
    if (this.#pass === null) this.#schedule();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #termChanged(term: number | null): void {
    if (term === null) {
      this.#stopRunners();
      void this.#guards.stop();
    } else if (!this.#isClosed) {
      void this.#guards.stop().then(() => !this.#isClosed && this.leadership.term !== null && this.#guards.start());
      this.nudge();
    }
  }

  #stopRunners(): void {
    for (const runner of this.#runners.values()) runner.close();
    this.#runners.clear();
  }

  #schedule(): void {
    this.#timer?.cancel();
    if (this.#isClosed) return;
    const delayMs = this.#isHinted ? HINT_GAP_MS : this.#parts.settings.rereadMs;
    this.#timer = this.#parts.clock.setTimer(delayMs, () => this.#look());
  }

  #look(): void {
    if (this.#pass !== null || this.#isClosed) return;
    this.#isHinted = false;
    this.#pass = this.#lookOnce()
      .catch((error) => {
        const isExpected = this.#isClosed || error instanceof NotLeader;
        if (!isExpected) this.#parts.observer({ kind: 'operations-unreadable', error });
      })
      .then(() => {
        this.#pass = null;
        this.#schedule();
      });
  }

  async #lookOnce(): Promise<void> {
    const { term } = this.leadership;
    if (term === null) return;
    const { store, observer } = this.#parts;
    const { operations, bad } = await readOperations(store);
    const wishes = await store.snapshot(WISH_PREFIX);
    const horizonMs = await this.#horizonOf(operations);
    // A term that ended meanwhile has stopped its runners; none may begin for it.
    if (this.leadership.term !== term || this.#isClosed) return;
    for (const message of bad) observer({ kind: 'operations-unreadable', error: new Error(message) });
    this.#begin(operations, horizonMs);
    for (const entry of wishes.entries) this.#passOn(entry);
    await removeExpiredOverrides(this.#chores);
    await trimHistory(this.#chores, operations);
  }

  /** The largest L if an operation is taken over while its W counts: read later than its freeze. */
  async #horizonOf(operations: readonly StoredOperation[]): Promise<number> {
    const { store, settings } = this.#parts;
    const isCounting = operations.some(({ operation: { id, step } }) => step === 'drain' && !this.#runners.has(id));
    return isCounting ? largestHorizonMs(settings.horizonMs, await readGuardHorizons(store)) : settings.horizonMs;
  }

  /** One that cannot be read stops no other. */
  #passOn({ key, value }: StoreEntry): void {
    try {
      this.#runners.get(key.slice(WISH_PREFIX.length))?.wish(decodeWish(key, value));
    } catch (error) {
      this.#parts.observer({ kind: 'operations-unreadable', error });
    }
  }

  /**
   * Oldest first, as many as may run at once; those that only wait for a copy to return do not count, and an emergency waits for
   * nobody: it may be what ends those under way.
   */
  #begin(operations: readonly StoredOperation[], horizonMs: number): void {
    const open = operations.map(({ operation }) => operation).filter(({ outcome }) => outcome === null);
    const waiting = open
      .filter(({ id }) => !this.#runners.has(id))
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    const takesTurn = ({ step, isEmergency }: Operation): boolean => step !== 'follow' && !isEmergency;
    let busy = [...this.#runners.values()].filter(({ running }) => takesTurn(running.operation)).length;
    for (const operation of waiting) {
      const counts = takesTurn(operation);
      if (counts && busy >= this.#parts.settings.parallel) continue;
      if (counts) busy += 1;
      this.#runners.set(operation.id, this.#runner(withWindow(operation, horizonMs, 0)));
    }
  }

  #runner(operation: Operation): OperationRunner {
    const { store, clock, gates, settings, observer } = this.#parts;
    const { id } = operation;
    let sequence = operation.stepSequence;
    const runner: OperationRunner = new OperationRunner(operation, {
      store,
      clock,
      gates,
      writer: this.#writer,
      guards: this.#guards,
      readTable: () => this.#table(),
      readHorizonMs: async () => largestHorizonMs(settings.horizonMs, await readGuardHorizons(store)),
      check: (checked) => this.#check(checked),
      backOffMs: settings.backOffMs,
      onChange: ({ operation: now }) => {
        if (now.stepSequence > sequence) {
          sequence = now.stepSequence;
          observer({ kind: 'operation-step', id, step: now.step, detail: now.results.at(-1)?.detail ?? '' });
          if (now.outcome !== null)
            observer({ kind: 'operation-ended', id, outcome: now.outcome.kind, reason: now.outcome.reason });
        }
        this.#tell();
      },
      onStop: (error) => {
        if (this.#runners.get(id) === runner) this.#runners.delete(id);
        if (error !== null && !(error instanceof NotLeader)) observer({ kind: 'operation-stopped', id, error });
        this.#tell();
      },
    });
    return runner;
  }

  async #table(): Promise<Table> {
    const reading = await this.#parts.tables.read();
    if (reading === null) throw new ApiError('NO_RULESET', 'there is no table');
    return reading.table;
  }

  async #check(operation: Operation): Promise<readonly string[]> {
    const { gates, edges, settings, store } = this.#parts;
    const [table, { policy }] = await Promise.all([this.#table(), readPolicy(store)]);
    return checkTargets(operation, {
      gates,
      table,
      policy,
      edges: edges.observation,
      aliveMs: edges.settings.aliveMs,
      lagMs: settings.lagMs,
    });
  }
}
