import { CodedError, type ErrorCode } from '../../src/errors.ts';
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
 * A real store behind a bad line: calls go through to it, and a test says which answer is lost, fails or never comes.
 * It invents no data.
 */
export class FaultyStore implements CoordStore {
  readonly #store: CoordStore;
  #down: ErrorCode | 'stalled' | null = null;
  readonly #stalled: (() => void)[] = [];
  /** Faults of coming transactions that write this key, in order: the answer is lost after or before the commit. */
  readonly faults: { readonly key: string; readonly lost: 'after' | 'before' }[] = [];
  /** Runs before the next transaction that writes the key, once. */
  readonly interruptions: { readonly key: string; readonly run: () => Promise<void> }[] = [];

  constructor(store: CoordStore) {
    this.#store = store;
  }

  /** Every call fails with this code, or does not answer until this is set to something else; null: all is well. */
  set down(down: ErrorCode | 'stalled' | null) {
    this.#down = down;
    if (down !== 'stalled') for (const fail of this.#stalled.splice(0)) fail();
  }

  async read(keys: readonly string[]): Promise<StoreSnapshot> {
    await this.#gate();
    return this.#store.read(keys);
  }

  async snapshot(prefix: string): Promise<StoreSnapshot> {
    await this.#gate();
    return this.#store.snapshot(prefix);
  }

  async transact(conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): Promise<TransactionResult> {
    await this.#gate();
    const touches = ({ key }: { readonly key: string }): boolean => writes.some((write) => write.key === key);
    const interruption = this.interruptions.findIndex(touches);
    if (interruption !== -1) await this.interruptions.splice(interruption, 1)[0]?.run();
    const index = this.faults.findIndex(touches);
    if (index === -1) return this.#store.transact(conditions, writes);
    const [fault] = this.faults.splice(index, 1);
    if (fault?.lost === 'after') await this.#store.transact(conditions, writes);
    throw new CodedError('STORE_AMBIGUOUS', 'the test lost the answer');
  }

  watch(prefix: string, onHint: (hint: StoreHint) => void): StoreWatch {
    return this.#store.watch(prefix, onHint);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #gate(): Promise<void> {
    if (this.#down === 'stalled') {
      await new Promise<void>((resolve) => this.#stalled.push(resolve));
      throw new CodedError('STORE_TIMEOUT', 'the test stalled the store');
    }
    if (this.#down !== null) throw new CodedError(this.#down, 'the test took the store down');
  }
}
