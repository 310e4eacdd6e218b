import type {
  CoordStore,
  StoreCondition,
  StoreHint,
  StoreSnapshot,
  StoreWatch,
  StoreWrite,
  TransactionResult,
} from '../../src/store/coord-store.ts';

/** A real store whose answers to reads of single keys wait until they are released. */
export class HeldStore implements CoordStore {
  /** Reads that wait. */
  waiting = 0;
  readonly #store: CoordStore;
  #held: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(store: CoordStore) {
    this.#store = store;
  }

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#release();
  }

  async read(keys: readonly string[]): Promise<StoreSnapshot> {
    this.waiting += 1;
    await this.#held;
    this.waiting -= 1;
    return this.#store.read(keys);
  }

  snapshot(prefix: string): Promise<StoreSnapshot> {
    return this.#store.snapshot(prefix);
  }

  transact(conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): Promise<TransactionResult> {
    return this.#store.transact(conditions, writes);
  }

  watch(prefix: string, onHint: (hint: StoreHint) => void): StoreWatch {
    return this.#store.watch(prefix, onHint);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
