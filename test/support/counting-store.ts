import type { CoordStore, StoreSnapshot } from '../../src/store/coord-store.ts';

/** A real store whose reads are written down, and can be held back before they begin. */
export class CountingStore implements CoordStore {
  readonly #store: CoordStore;
  /** Keys of every read, in order. */
  readonly reads: string[] = [];
  /** Awaited by each read before it goes through. */
  gate: () => Promise<void> = () => Promise.resolve();

  constructor(store: CoordStore) {
    this.#store = store;
  }

  async read(keys: readonly string[]): Promise<StoreSnapshot> {
    this.reads.push(...keys);
    await this.gate();
    return this.#store.read(keys);
  }

  snapshot: CoordStore['snapshot'] = (prefix) => this.#store.snapshot(prefix);
  transact: CoordStore['transact'] = (conditions, writes) => this.#store.transact(conditions, writes);
  watch: CoordStore['watch'] = (prefix, onHint) => this.#store.watch(prefix, onHint);
  close: CoordStore['close'] = () => this.#store.close();
}
