import { CodedError } from '../../errors.ts';
import type {
  CoordStore,
  StoreCondition,
  StoreHint,
  StoreSnapshot,
  StoreWatch,
  StoreWrite,
  TransactionResult,
} from '../../store/coord-store.ts';
import { HEAD_KEY } from '../../store/records/head-record.ts';
import type { RestoreWatch } from './restore-watch.ts';

/**
 * The store as everything but an adoption has it: a change of the table is refused while somebody shows a later version than the
 * store holds. Otherwise epochs that were used before the restore would be given out once more.
 */
export class CheckedStore implements CoordStore {
  readonly #store: CoordStore;
  readonly #watch: RestoreWatch;

  constructor(store: CoordStore, watch: RestoreWatch) {
    this.#store = store;
    this.#watch = watch;
  }

  read(keys: readonly string[]): Promise<StoreSnapshot> {
    return this.#store.read(keys);
  }

  snapshot(prefix: string): Promise<StoreSnapshot> {
    return this.#store.snapshot(prefix);
  }

  /** Besides the port's errors: STORE_WENT_BACK; nothing was written. */
  async transact(conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): Promise<TransactionResult> {
    // The first table of a realm has nobody behind it.
    const changesTable =
      writes.some(({ key }) => key === HEAD_KEY) &&
      !conditions.some(({ key, version }) => key === HEAD_KEY && version === null);
    if (changesTable) {
      const [proof] = await this.#watch.check();
      if (proof !== undefined)
        throw new CodedError(
          'STORE_WENT_BACK',
          `${proof.by} is at epoch ${proof.epoch} of incarnation ${proof.incarnation}`,
        );
    }
    return this.#store.transact(conditions, writes);
  }

  watch(prefix: string, onHint: (hint: StoreHint) => void): StoreWatch {
    return this.#store.watch(prefix, onHint);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
