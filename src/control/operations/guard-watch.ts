import type { Clock, Timer } from '../../core/clock.ts';
import { freezeWindowMs } from '../../core/operation/operation-deadlines.ts';
import type { Topology } from '../../core/topology.ts';
import type { CoordStore, StoreEntry, StoreWatch } from '../../store/coord-store.ts';
import { decodeGuard, GUARD_PREFIX } from '../../store/records/guard-record.ts';
import type { ControlObserver } from '../control-event.ts';
import { type Drain, undrained } from './guard-drain.ts';
import type { Leadership } from './leadership.ts';

export interface GuardWatchParts {
  readonly store: CoordStore;
  readonly clock: Clock;
  readonly observer: ControlObserver;
  readonly leadership: Leadership;
  /** A record that stood still for this long is deleted. */
  readonly goneMs: number;
  /**
   * L: how long a guard whose record is gone may still be open. The record of a guard with a larger one is never deleted, because the
   * next leader could not know of it; each drain waits W for such a guard, and `ldc status` names it.
   */
  readonly horizonMs: number;
}

/** While somebody waits, the records are read this often even without a hint, ms. */
const REREAD_MS = 200;
/** Pause between looks for dead guards, ms. */
const LOOK_MS = 2_000;

interface Waiter {
  readonly drain: Drain;
  readonly topology: Topology;
  readonly onDrained: () => void;
  missing: readonly string[];
}

interface Seen extends GuardSigns {
  /** What the signs were read from. */
  readonly text: string;
  readonly since: number;
}

/** What of a guard's record tells whether it is gone, and for how long it may still be open. */
interface GuardSigns {
  readonly beat: number;
  readonly horizonMs: number;
}

/**
 * Reads the guards' records for the operations that wait for a drain, and deletes those of guards that are gone, which would make every
 * later drain wait for W. A deleted guard closes by itself within W; until then no drain counts as done, and neither does it in
 * the first W of a term, because the leader before may have deleted one.
 */
export class GuardWatch {
  readonly #parts: GuardWatchParts;
  readonly #waiters = new Set<Waiter>();
  #watch: StoreWatch | null = null;
  #timer: Timer | null = null;
  #reading: Promise<void> | null = null;
  #isHinted = false;
  #seen = new Map<string, Seen>();
  #doubtUntil = Number.POSITIVE_INFINITY;
  #isClosed = true;

  constructor(parts: GuardWatchParts) {
    this.#parts = parts;
  }

  /** At the beginning of a term. */
  start(): void {
    if (!this.#isClosed) return;
    const { store, clock, horizonMs } = this.#parts;
    this.#isClosed = false;
    this.#seen = new Map();
    this.#doubtUntil = clock.monotonicMs() + freezeWindowMs(horizonMs);
    this.#watch = store.watch(GUARD_PREFIX, () => this.#hint());
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isClosed = true;
    this.#watch?.close();
    this.#timer?.cancel();
    this.#waiters.clear();
    await this.#reading;
  }

  /** Calls back once when every guard of the units' data centers has acknowledged; returns how to stop waiting. */
  await(drain: Drain, topology: Topology, onDrained: () => void): () => void {
    const waiter: Waiter = { drain, topology, onDrained, missing: [] };
    this.#waiters.add(waiter);
    this.#hint();
    return () => void this.#waiters.delete(waiter);
  }

  /** Guards that an operation still waits for, for people. */
  missing(operation: string): readonly string[] {
    return [...this.#waiters].find((waiter) => waiter.drain.operation === operation)?.missing ?? [];
  }

  #hint(): void {
    if (this.#isClosed || this.#waiters.size === 0) return;
    if (this.#reading !== null) this.#isHinted = true;
    else this.#read();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    const delayMs = this.#waiters.size > 0 ? REREAD_MS : LOOK_MS;
    this.#timer = this.#parts.clock.setTimer(delayMs, () => this.#read());
  }

  #read(): void {
    if (this.#isClosed || this.#reading !== null) return;
    this.#isHinted = false;
    this.#reading = this.#readOnce()
      .catch((error) => this.#isClosed || this.#parts.observer({ kind: 'operations-unreadable', error }))
      .then(() => {
        this.#reading = null;
        if (this.#isHinted) this.#hint();
        else this.#schedule();
      });
  }

  async #readOnce(): Promise<void> {
    const asked = [...this.#waiters];
    const { entries } = await this.#parts.store.snapshot(GUARD_PREFIX);
    // Only those who waited before the read was sent: it must be later than their freeze.
    for (const waiter of asked) this.#judge(waiter, entries);
    await this.#removeGone(entries);
  }

  #judge(waiter: Waiter, entries: readonly StoreEntry[]): void {
    if (!this.#waiters.has(waiter)) return;
    waiter.missing = undrained(entries, waiter.topology, waiter.drain);
    if (waiter.missing.length > 0 || this.#parts.clock.monotonicMs() < this.#doubtUntil) return;
    this.#waiters.delete(waiter);
    waiter.onDrained();
  }

  async #removeGone(entries: readonly StoreEntry[]): Promise<void> {
    const { clock, goneMs, horizonMs, observer, leadership, store } = this.#parts;
    const now = clock.monotonicMs();
    const seen = new Map<string, Seen>();
    const gone: StoreEntry[] = [];
    for (const entry of entries) {
      const before = this.#seen.get(entry.key);
      const own = before?.text === entry.value ? before : seenIn(entry, before, horizonMs, now);
      seen.set(entry.key, own);
      if (now - own.since > goneMs && own.horizonMs <= horizonMs) gone.push(entry);
    }
    this.#seen = seen;
    for (const { key, version } of gone) {
      // From before the transaction: it may happen although its answer is lost.
      this.#doubtUntil = Number.POSITIVE_INFINITY;
      try {
        const result = await leadership.holding((term) =>
          store.transact([term, { key, version }], [{ key, value: null }]),
        );
        const silentMs = now - (seen.get(key)?.since ?? now);
        if (result.kind === 'committed') observer({ kind: 'guard-removed', key, silentMs });
      } finally {
        this.#doubtUntil = clock.monotonicMs() + freezeWindowMs(horizonMs);
      }
    }
  }
}

function seenIn(entry: StoreEntry, before: Seen | undefined, ownMs: number, now: number): Seen {
  const signs = signsOf(entry, ownMs);
  return { ...signs, text: entry.value, since: before?.beat === signs.beat ? before.since : now };
}

function signsOf({ key, value }: StoreEntry, ownMs: number): GuardSigns {
  try {
    const { beat, horizonMs = ownMs } = decodeGuard(key, value);
    return { beat, horizonMs };
  } catch {
    return { beat: -1, horizonMs: ownMs };
  }
}
