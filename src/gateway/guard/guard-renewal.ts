import type { Clock, Timer } from '../../core/clock.ts';
import type { GuardInstant } from '../../core/guard/guard-lease.ts';
import type { GuardReading, ReadingResult, ShardGuard } from '../../core/guard/shard-guard.ts';
import type { MonotonicMs } from '../../core/ids.ts';
import { SharedRead } from '../shared-read.ts';
import type { RenewalSource } from './renewal-source.ts';

/** `no news`: the source did not answer. `isFirst`: not the same as the one before, for whoever logs changes only. */
export interface RenewalEvent {
  readonly kind: ReadingResult | 'no news';
  readonly detail: string;
  readonly isFirst: boolean;
}

/** What is renewed: a guard, or whoever passes on what was read to the guards of several processes. */
export type RenewableGuard = Pick<ShardGuard, 'horizon' | 'closedBy' | 'reading' | 'fetched' | 'close'>;

export interface GuardRenewalParts {
  readonly source: RenewalSource;
  readonly guard: RenewableGuard;
  readonly clock: Clock;
  /** From the sending of one read to the next one's, ms. */
  readonly readMs: number;
  /** Reads the table and puts it in force; bounded, never rejects. */
  refreshTables(): Promise<void>;
  /** A read that was sent at this instant showed the table in force: it is the store's. Must not throw. */
  tableConfirmed(sentAt: MonotonicMs): void;
  /** The own record is not in the store: it is to be written (again); resolves when that was tried. */
  writeRecord(): Promise<void>;
  /** Told after each read; must not throw. */
  onEvent(event: RenewalEvent): void;
}

/**
 * Renews a guard's horizon: one read after the other, each counted from its sending. A source that does not answer costs nothing
 * but the horizon, and is asked again at once.
 */
export class GuardRenewal {
  readonly #parts: GuardRenewalParts;
  #timer: Timer | null = null;
  readonly #reads = new SharedRead(() => this.#round());
  #last: RenewalEvent['kind'] | null = null;
  #isClosed = false;

  constructor(parts: GuardRenewalParts) {
    this.#parts = parts;
  }

  /** Whether waiting for the next read is worth it: the source answered when it was asked last, or was not asked yet. */
  get isHopeful(): boolean {
    return !this.#isClosed && this.#last !== 'no news';
  }

  /** Reads for ever. Resolves after the first read and what came of it, or its failure; never rejects. */
  async start(): Promise<void> {
    await this.#parts.writeRecord();
    await this.refresh();
  }

  /** A read that begins after this call; calls made while one is under way share the one after it. Never rejects. */
  refresh(): Promise<void> {
    return this.#isClosed ? Promise.resolve() : this.#reads.begin();
  }

  /** The read under way, or a new one: whoever waits for a horizon needs no read of his own. Never rejects. */
  news(): Promise<void> {
    return this.#reads.underWay ?? this.refresh();
  }

  /** Ends the reading. The guard's horizon runs out by itself; whoever stops the process closes it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#reads.underWay;
  }

  async #round(): Promise<void> {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    const { clock, guard, readMs } = this.#parts;
    const begun = clock.monotonicMs();
    try {
      await this.#read(false);
    } catch (error) {
      this.#tell('no news', (error as Error).message);
    }
    if (this.#isClosed) return;
    const due = begun + readMs;
    // Timers may fire late; a guard that is about to close asks more often, a silent source is not asked in a tight circle.
    const now = clock.monotonicMs();
    const delayMs = guard.horizon > now ? Math.max(0, due - now) : Math.max(readMs / 4, due - now);
    this.#timer = clock.setTimer(delayMs, () => void this.refresh());
  }

  async #read(isSecond: boolean): Promise<void> {
    const { source, guard, clock } = this.#parts;
    const sentAt = instantOf(clock);
    const reading = await source.read();
    if (this.#isClosed) return;
    const result = guard.reading(reading, sentAt);
    if (result === 'fetch') await this.#fetch(reading, sentAt);
    else if (result === 'not recorded') await this.#record(isSecond);
    // A newer table may have come into force while the read was on its way: then a second one finds it.
    else if (result === 'older' && !isSecond) await this.#read(true);
    else if (result === 'older')
      this.#tell(guard.close(`the store is at epoch ${reading.head?.epoch}, older than here`));
    else {
      if (result === 'renewed') this.#parts.tableConfirmed(sentAt.monotonic);
      this.#tell(result);
    }
  }

  async #fetch(reading: GuardReading, sentAt: GuardInstant): Promise<void> {
    await this.#parts.refreshTables();
    if (this.#isClosed) return;
    if (this.#parts.guard.fetched(reading, sentAt)) this.#tell('renewed');
    else this.#tell('fetch', `the table of epoch ${reading.head?.epoch} could not be put in force`);
  }

  async #record(isSecond: boolean): Promise<void> {
    this.#tell('not recorded');
    await this.#parts.writeRecord();
    if (!isSecond && !this.#isClosed) await this.#read(true);
  }

  #tell(kind: RenewalEvent['kind'], detail = ''): void {
    const isFirst = kind !== this.#last;
    this.#last = kind;
    const reason = kind === 'closed' ? (this.#parts.guard.closedBy ?? '') : detail;
    this.#parts.onEvent({ kind, detail: reason, isFirst });
  }
}

/** This instant on both clocks. */
export function instantOf(clock: Clock): GuardInstant {
  return { monotonic: clock.monotonicMs() as MonotonicMs, reference: clock.wallMs() };
}
