import { acceptTable } from '../core/accept-table.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { MonotonicMs } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import type { CoordStore, StoreWatch } from '../store/coord-store.ts';
import { RecordError } from '../store/records/record-error.ts';
import { TableReader, type TableReading } from '../store/records/table-reader.ts';
import { decodeTableSnapshot, encodeTableSnapshot } from '../store/records/table-snapshot.ts';
import { SharedRead } from './shared-read.ts';

/** Where the last good table is kept between runs: a file in production (app/snapshot-file.ts). */
export interface SnapshotKeeper {
  load(): Promise<string | null>;
  save(text: string): Promise<void>;
}

export interface TableFeedSettings {
  /**
   * Longest time between two looks at the store while it answers and no hint comes, ms; a read that somebody else made and that showed
   * the table in force (`confirmed`) counts as one. Default 750.
   */
  readonly pollMs: number;
}

/** `unusable`: the record is whole, but this gateway cannot run it. */
export type RefusalReason = 'older' | 'foreign' | 'contradicts' | 'bad record' | 'unusable';

/** `isRepeated`: the same as the last event, for whoever counts all and logs once. */
export type TableFeedEvent =
  | { readonly kind: 'applied'; readonly table: Table; readonly from: 'store' | 'snapshot' }
  /** A record that cannot be used, a foreign or an older table: kept out, what runs stays. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly detail: string; readonly isRepeated: boolean }
  | { readonly kind: 'unreachable'; readonly detail: string; readonly isRepeated: boolean }
  | { readonly kind: 'snapshot failed'; readonly detail: string };

export interface TableFeedParts {
  readonly store: CoordStore;
  readonly realm: string;
  readonly clock: Clock;
  readonly snapshot: SnapshotKeeper;
  readonly settings: TableFeedSettings;
  /**
   * Puts a table in force. Throws if it cannot be: then the one before stays, and no snapshot is taken. `text` gives the table as a
   * snapshot, for whoever passes it on to another process.
   */
  readonly apply: (table: Table, text: () => string) => void;
  /** Told after the fact; must not throw. */
  readonly onEvent: (event: TableFeedEvent) => void;
}

type Trouble =
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly detail: string }
  | { readonly kind: 'unreachable'; readonly detail: string };

/**
 * Keeps the table current: reads when the store hints at a change, and every `pollMs` because a hint is only a hint, unless somebody
 * else's read showed that there is nothing new.
 * Starts from the last good snapshot, so that a gateway serves although the store is down. The store is asked by one read at a time.
 */
export class TableFeed {
  readonly #parts: TableFeedParts;
  readonly #reader: TableReader;
  #current: Table | null = null;
  #watch: StoreWatch | null = null;
  #timer: Timer | null = null;
  readonly #reads = new SharedRead(() => this.#read());
  #closed = false;
  /** Since the timer was set. */
  #isConfirmed = false;
  #lastReadAt: MonotonicMs | null = null;
  #saving: Promise<void> = Promise.resolve();
  #unsaved: TableReading | null = null;
  #lastTrouble = '';

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
    return this.#closed ? Promise.resolve() : this.#reads.begin();
  }

  /** A linearizable read that was sent at this instant found the table in force to be the store's. */
  confirmed(sentAt: MonotonicMs): void {
    this.#lastReadAt = sentAt;
    this.#lastTrouble = '';
    this.#isConfirmed = true;
  }

  /** Ends the following; the last snapshot is written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watch?.close();
    this.#timer?.cancel();
    await this.#reads.underWay;
    await this.#saving;
  }

  async #read(): Promise<void> {
    if (this.#closed) return;
    this.#timer?.cancel();
    const sentAt = this.#parts.clock.monotonicMs();
    try {
      const reading = await this.#reader.read();
      this.#lastReadAt = sentAt;
      if (reading !== null) this.#offer(reading);
    } catch (error) {
      const detail = (error as Error).message;
      if (error instanceof RecordError) this.#trouble({ kind: 'refused', reason: 'bad record', detail });
      // A read that ended because the store is being closed tells nothing about the store.
      else if (!this.#closed) this.#trouble({ kind: 'unreachable', detail });
    }
    if (!this.#closed) this.#setTimer();
  }

  #setTimer(): void {
    const { clock, settings } = this.#parts;
    this.#isConfirmed = false;
    this.#timer = clock.setTimer(settings.pollMs, () => {
      if (this.#isConfirmed) this.#setTimer();
      else void this.refresh();
    });
  }

  #offer(reading: TableReading): void {
    const acceptance = acceptTable(this.#current, reading.table);
    if (acceptance.kind === 'refused') this.#trouble(acceptance);
    else if (acceptance.kind === 'accepted') this.#adopt(reading);
    else this.#lastTrouble = '';
  }

  #adopt(reading: TableReading): void {
    try {
      this.#apply(reading.table, () => encodeTableSnapshot(reading.encoded), 'store');
    } catch (error) {
      this.#trouble({ kind: 'refused', reason: 'unusable', detail: (error as Error).message });
      return;
    }
    this.#unsaved = reading;
    this.#saving = this.#saving.then(() => this.#save());
  }

  #apply(table: Table, text: () => string, from: 'store' | 'snapshot'): void {
    this.#parts.apply(table, text);
    this.#current = table;
    this.#lastTrouble = '';
    this.#parts.onEvent({ kind: 'applied', table, from });
  }

  #trouble(event: Trouble): void {
    const text = `${event.kind} ${event.detail}`;
    const isRepeated = text === this.#lastTrouble;
    this.#lastTrouble = text;
    this.#parts.onEvent({ ...event, isRepeated });
  }

  async #applySnapshot(): Promise<void> {
    try {
      const text = await this.#parts.snapshot.load();
      if (text === null) return;
      this.#apply(decodeTableSnapshot(text, this.#parts.realm), () => text, 'snapshot');
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
