import type { Clock, Timer } from '../core/clock.ts';
import type { CoordStore, StoreWatch } from '../store/coord-store.ts';
import { EDGE_PREFIX } from '../store/records/node-record.ts';
import type { ControlObserver } from './control-event.ts';
import { type EdgeObservation, NOTHING_OBSERVED, observeEdges, type WatchedEdge } from './edge-liveness.ts';

/** Durations in milliseconds. */
export interface EdgeWatchSettings {
  /** A gateway whose record changed within this time is alive; default 6,000. */
  readonly aliveMs: number;
  /** The records are read this often even without a hint; default 1,000. */
  readonly rereadMs: number;
  /** Readings that hints ask for keep this distance; default 100. */
  readonly hintGapMs: number;
  /** A record that stood still for this long is deleted; default 600,000. */
  readonly removeMs: number;
}

export const EDGE_WATCH_DEFAULTS: EdgeWatchSettings = {
  aliveMs: 6_000,
  rereadMs: 1_000,
  hintGapMs: 100,
  removeMs: 600_000,
};

/**
 * Follows the gateways' records: hints make it quick, reading again and again makes it right. Keeps the last good reading
 * while the store does not answer.
 */
export class EdgeWatch {
  readonly settings: EdgeWatchSettings;
  readonly #store: CoordStore;
  readonly #clock: Clock;
  readonly #observer: ControlObserver;
  #observation: EdgeObservation = NOTHING_OBSERVED;
  #watch: StoreWatch | null = null;
  #timer: Timer | null = null;
  #reading: Promise<void> | null = null;
  #isHinted = false;
  #isClosed = false;

  constructor(store: CoordStore, clock: Clock, observer: ControlObserver, settings: Partial<EdgeWatchSettings> = {}) {
    this.#store = store;
    this.#clock = clock;
    this.#observer = observer;
    this.settings = { ...EDGE_WATCH_DEFAULTS, ...settings };
  }

  get observation(): EdgeObservation {
    return this.#observation;
  }

  /** Age of the last reading in milliseconds, or null. */
  readMsAgo(): number | null {
    const { readAt } = this.#observation;
    return readAt === null ? null : Math.max(0, this.#clock.monotonicMs() - readAt);
  }

  /** Begins to follow; resolves after the first reading, whether it succeeded or not. */
  async start(): Promise<void> {
    this.#watch = this.#store.watch(EDGE_PREFIX, () => this.#hint());
    await this.#read();
  }

  /** Ends watch and timers, and waits for a reading under way (the store bounds it). */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watch?.close();
    this.#timer?.cancel();
    await this.#reading;
  }

  #hint(): void {
    if (this.#isHinted || this.#isClosed) return;
    this.#isHinted = true;
    // While a reading runs, what follows it sees the hint.
    if (this.#reading === null) this.#schedule();
  }

  #schedule(): void {
    this.#timer?.cancel();
    if (this.#isClosed) return;
    const delayMs = this.#isHinted ? this.settings.hintGapMs : this.settings.rereadMs;
    this.#timer = this.#clock.setTimer(delayMs, () => void this.#read());
  }

  #read(): Promise<void> {
    if (this.#reading !== null) return this.#reading;
    this.#isHinted = false;
    this.#reading = this.#readOnce().then(() => {
      this.#reading = null;
      this.#schedule();
    });
    return this.#reading;
  }

  /** Never throws. */
  async #readOnce(): Promise<void> {
    const askedAt = this.#clock.monotonicMs();
    try {
      const { entries } = await this.#store.snapshot(EDGE_PREFIX);
      const before = this.#observation;
      this.#observation = observeEdges(before, entries, askedAt, 2 * this.settings.rereadMs);
      this.#tellNewBad(before);
      await this.#removeLongSilent();
    } catch (error) {
      if (!this.#isClosed) this.#observer({ kind: 'edges-unreadable', error });
    }
  }

  #tellNewBad(before: EdgeObservation): void {
    const told = new Set(before.bad.map((record) => `${record.key}\n${record.reason}`));
    for (const { key, reason } of this.#observation.bad) {
      if (!told.has(`${key}\n${reason}`)) this.#observer({ kind: 'edge-record-bad', key, reason });
    }
  }

  /** Each deletion compares the version that we saw stand still: a gateway that renews in this instant keeps its record. */
  async #removeLongSilent(): Promise<void> {
    const gone: WatchedEdge[] = this.#observation.edges.filter((edge) => edge.silentMs > this.settings.removeMs);
    for (const { key, version, silentMs } of gone) {
      if (this.#isClosed) return;
      const result = await this.#store.transact([{ key, version }], [{ key, value: null }]);
      if (result.kind === 'committed') this.#observer({ kind: 'edge-removed', key, silentMs });
    }
  }
}
