import type { Clock, Timer } from '../core/clock.ts';
import type { MonotonicMs } from '../core/ids.ts';
import type { CoordStore, StoreEntry } from '../store/coord-store.ts';
import { LIMITS } from '../store/coord-store.ts';
import { CHUNK_PREFIX, chunkKey, chunksOf, decodeHead, HEAD_KEY } from '../store/records/head-record.ts';
import type { ControlObserver } from './control-event.ts';

/** A chunk that no table named when it was first seen so, at this version. */
interface Suspect {
  readonly version: string;
  readonly since: MonotonicMs;
}

export interface ChunkCollectorSettings {
  /** How long a chunk must lie there unnamed and unchanged, in milliseconds; default 60,000. */
  readonly unnamedMs: number;
  /** Pause between passes in milliseconds; default 60,000. */
  readonly passMs: number;
}

export const CHUNK_COLLECTOR_DEFAULTS: ChunkCollectorSettings = { unnamedMs: 60_000, passMs: 60_000 };

/** Two operations a chunk (compare, delete), two for the head. */
const CHUNKS_PER_TRANSACTION = Math.floor((LIMITS.transactionKeys - 2) / 2);

/**
 * Deletes the chunks of tables that are no more. A writer puts its chunks before the head names them, so a chunk goes only
 * after it lay unnamed and unchanged over two passes, in a transaction that compares its version and the head's. That
 * transaction also writes the head again, unchanged: a writer that was stopped for longer than the time between the passes
 * then finds another head version, and puts its chunks again instead of naming some that are gone.
 */
export class ChunkCollector {
  readonly #store: CoordStore;
  readonly #clock: Clock;
  readonly #observer: ControlObserver;
  readonly #settings: ChunkCollectorSettings;
  #suspects = new Map<string, Suspect>();
  #timer: Timer | null = null;
  #pass: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(
    store: CoordStore,
    clock: Clock,
    observer: ControlObserver,
    settings: Partial<ChunkCollectorSettings> = {},
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#observer = observer;
    this.#settings = { ...CHUNK_COLLECTOR_DEFAULTS, ...settings };
  }

  /** Begins passes at the pace of the settings. */
  start(): void {
    if (this.#isClosed) return;
    this.#timer = this.#clock.setTimer(this.#settings.passMs, () => {
      this.#pass = this.collect()
        .then((count) => count > 0 && this.#observer({ kind: 'chunks-collected', count }))
        .catch((error) => this.#isClosed || this.#observer({ kind: 'chunks-not-collected', error }))
        .finally(() => this.start());
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#pass;
  }

  /** One pass; returns how many chunks it deleted. Throws what the store throws. */
  async collect(): Promise<number> {
    const now = this.#clock.monotonicMs();
    const { entries } = await this.#store.snapshot(CHUNK_PREFIX);
    // Read after the chunks: what this head does not name was not named by a head before it that still counts.
    const [head] = (await this.#store.read([HEAD_KEY])).entries;
    if (head === undefined) return 0;
    const named = new Set(chunksOf(decodeHead(head.value)).map(chunkKey));
    const unnamed = entries.filter((entry) => !named.has(entry.key));
    this.#suspects = this.#suspect(unnamed, now);
    const ripe = unnamed.filter(({ key }) => now - (this.#suspects.get(key)?.since ?? now) >= this.#settings.unnamedMs);
    return this.#delete(head, ripe);
  }

  #suspect(unnamed: readonly StoreEntry[], now: MonotonicMs): Map<string, Suspect> {
    return new Map(
      unnamed.map(({ key, version }) => {
        const before = this.#suspects.get(key);
        return [key, before?.version === version ? before : { version, since: now }];
      }),
    );
  }

  async #delete(head: StoreEntry, ripe: readonly StoreEntry[]): Promise<number> {
    let count = 0;
    let version = head.version;
    for (let start = 0; start < ripe.length; start += CHUNKS_PER_TRANSACTION) {
      const batch = ripe.slice(start, start + CHUNKS_PER_TRANSACTION);
      const conditions = batch.map((chunk) => ({ key: chunk.key, version: chunk.version }));
      const deletions = batch.map(({ key }) => ({ key, value: null }));
      const result = await this.#store.transact(
        [{ key: HEAD_KEY, version }, ...conditions],
        [{ key: HEAD_KEY, value: head.value }, ...deletions],
      );
      if (result.kind === 'conflict') return count;
      count += batch.length;
      const [now] = (await this.#store.read([HEAD_KEY])).entries;
      if (now === undefined || now.value !== head.value) return count;
      version = now.version;
    }
    return count;
  }
}
