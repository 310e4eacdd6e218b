import { acceptTable } from '../core/accept-table.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { MonotonicMs } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import type { CoordStore, StoreWatch } from '../store/coord-store.ts';
import { RecordError } from '../store/records/record-error.ts';
import { TableReader, type TableReading } from '../store/records/table-reader.ts';
import { decodeTableSnapshot, encodeTableSnapshot } from '../store/records/table-snapshot.ts';

/** Where the last good table is kept between runs: a file in production (app/snapshot-file.ts). */
export interface SnapshotKeeper {
  load(): Promise<string | null>;
  save(text: string): Promise<void>;
}

export interface TableFeedSettings {
  /** Longest time between two reads while the store answers and no hint comes, ms. Default 750. */
  readonly pollMs: number;
}

export type TableFeedEvent =
  | { readonly kind: 'applied'; readonly table: Table; readonly from: 'store' | 'snapshot' }
  /** A record that cannot be used, a foreign or an older table: kept out, what runs stays. */
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string }
  | { readonly kind: 'unreachable'; readonly detail: string }
  | { readonly kind: 'snapshot failed'; readonly detail: string };

export interface TableFeedParts {
  readonly store: CoordStore;
  readonly realm: string;
  readonly clock: Clock;
  readonly snapshot: SnapshotKeeper;
  readonly settings: TableFeedSettings;
  readonly onEvent: (event: TableFeedEvent) => void;
}

/**
 * Keeps the table current: reads when the store hints at a change, and every `pollMs` because a hint is only a hint.
 * Starts from the last good snapshot, so that a gateway serves although the store is down. The store is asked by one read at a time.
 */
export class TableFeed {
  readonly #parts: TableFeedParts;
  readonly #reader: TableReader;
  #current: Table | null = null;
  #watch: StoreWatch | null = null;
  #timer: Timer | null = null;
  #reading: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #closed = false;
  #lastReadAt: MonotonicMs | null = null;
  #saving: Promise<void> = Promise.resolve();
  #unsaved: TableReading | null = null;

  constructor(parts: TableFeedParts) {
    this.#parts = parts;
    this.#reader = new TableReader(parts.store, parts.realm);
  }

  /** The table in force; null until there is one. */
  get current(): Table | null {
    return this.#current;
  }

  /** When the store last answered, by this process's clock; null if it never did. */
  get lastReadAt(): MonotonicMs | null {
    return this.#lastReadAt;
  }

  /** Applies the snapshot if there is one, then follows the store for ever. Resolves after the first read or its failure. */
  async start(): Promise<void> {
    await this.#applySnapshot();
    this.#watch = this.#parts.store.watch('head', () => void this.refresh());
    await this.refresh();
  }

  /**
   * Reads the store by a read that begins after this call, and applies what it finds. Never rejects: `onEvent` tells. Calls
   * made while a read is under way share the one after it.
   */
  refresh(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#reading === null) {
      this.#reading = this.#read().finally(() => {
        this.#reading = null;
      });
      return this.#reading;
    }
    this.#next ??= this.#reading.then(() => {
      this.#next = null;
      return this.refresh();
    });
    return this.#next;
  }

  /** Ends the following; the last snapshot is written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watch?.close();
    this.#timer?.cancel();
    await this.#reading;
    await this.#saving;
  }

  async #read(): Promise<void> {
    this.#timer?.cancel();
    const sentAt = this.#parts.clock.monotonicMs();
    try {
      const reading = await this.#reader.read();
      this.#lastReadAt = sentAt;
      if (reading !== null) this.#offer(reading);
    } catch (error) {
      const detail = (error as Error).message;
      if (error instanceof RecordError) this.#parts.onEvent({ kind: 'refused', reason: 'bad record', detail });
      else this.#parts.onEvent({ kind: 'unreachable', detail });
    }
    if (!this.#closed) this.#timer = this.#parts.clock.setTimer(this.#parts.settings.pollMs, () => void this.refresh());
  }

  #offer(reading: TableReading): void {
    const acceptance = acceptTable(this.#current, reading.table);
    if (acceptance.kind === 'refused') this.#parts.onEvent({ ...acceptance, kind: 'refused' });
    if (acceptance.kind !== 'accepted') return;
    this.#apply(reading.table, 'store');
    this.#unsaved = reading;
    this.#saving = this.#saving.then(() => this.#save());
  }

  #apply(table: Table, from: 'store' | 'snapshot'): void {
    this.#current = table;
    this.#parts.onEvent({ kind: 'applied', table, from });
  }

  async #applySnapshot(): Promise<void> {
    try {
      const text = await this.#parts.snapshot.load();
      if (text !== null) this.#apply(decodeTableSnapshot(text, this.#parts.realm), 'snapshot');
    } catch (error) {
      this.#parts.onEvent({ kind: 'snapshot failed', detail: (error as Error).message });
    }
  }

  /** Saves the newest table only, however many came since. */
  async #save(): Promise<void> {
    const reading = this.#unsaved;
    this.#unsaved = null;
    if (reading === null) return;
    try {
      await this.#parts.snapshot.save(encodeTableSnapshot(reading.encoded));
    } catch (error) {
      this.#parts.onEvent({ kind: 'snapshot failed', detail: (error as Error).message });
    }
  }
}
