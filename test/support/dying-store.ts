import { CodedError } from '../../src/errors.ts';
import type {
  CoordStore,
  StoreCondition,
  StoreHint,
  StoreSnapshot,
  StoreWatch,
  StoreWrite,
  TransactionResult,
} from '../../src/store/coord-store.ts';

/**
 * A real store that its user loses in the moment after it committed the n-th write of an operation's record, before the answer: whoever
 * uses it is as good as killed there. `revive` turns the dead into one that believes it never was.
 */
export class DyingStore implements CoordStore {
  /** Transactions that conflicted since the revival. */
  conflicts = 0;
  readonly #store: CoordStore;
  readonly #counted: string;
  #left: number;
  #isDead = false;

  /** `counted`: what the keys begin with whose writes count. */
  constructor(store: CoordStore, writes = Number.POSITIVE_INFINITY, counted = 'operations/') {
    this.#counted = counted;
    this.#store = store;
    this.#left = writes;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** From now on as many writes of operations are left. */
  dieAfter(writes: number): void {
    this.#left = writes;
    this.#isDead = writes === 0;
  }

  revive(): void {
    this.#left = Number.POSITIVE_INFINITY;
    this.#isDead = false;
  }

  async read(keys: readonly string[]): Promise<StoreSnapshot> {
    this.#check();
    return this.#store.read(keys);
  }

  async snapshot(prefix: string): Promise<StoreSnapshot> {
    this.#check();
    return this.#store.snapshot(prefix);
  }

  async transact(conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): Promise<TransactionResult> {
    this.#check();
    const result = await this.#store.transact(conditions, writes);
    if (result.kind === 'conflict') this.conflicts += 1;
    const isStep = result.kind === 'committed' && writes.some(({ key }) => key.startsWith(this.#counted));
    if (isStep) this.#left -= 1;
    if (this.#left > 0) return result;
    this.#isDead = true;
    throw new CodedError('STORE_AMBIGUOUS', 'the test lost the answer');
  }

  watch(prefix: string, onHint: (hint: StoreHint) => void): StoreWatch {
    return this.#store.watch(prefix, onHint);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #check(): void {
    if (this.#isDead) throw new CodedError('STORE_UNAVAILABLE', 'the test killed the user of this store');
  }
}
