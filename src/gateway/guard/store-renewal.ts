import type { GuardReading } from '../../core/guard/shard-guard.ts';
import type { CoordStore } from '../../store/coord-store.ts';
import { decodeHead, HEAD_KEY } from '../../store/records/head-record.ts';
import type { RenewalSource } from './renewal-source.ts';

/** Renewal by one linearizable read of the table's head together with the guard's own record. */
export class StoreRenewal implements RenewalSource {
  readonly #store: CoordStore;
  readonly #ownKey: string;
  #known: { readonly version: string; readonly head: GuardReading['head'] } | null = null;

  constructor(store: CoordStore, ownKey: string) {
    this.#store = store;
    this.#ownKey = ownKey;
  }

  /** Rejects with a CodedError of the store, or a RecordError for a head that cannot be used. */
  async read(): Promise<GuardReading> {
    const { entries } = await this.#store.read([HEAD_KEY, this.#ownKey]);
    const hasOwnRecord = entries.some(({ key }) => key === this.#ownKey);
    const entry = entries.find(({ key }) => key === HEAD_KEY);
    if (entry === undefined) return { head: null, hasOwnRecord };
    // Decoding hashes the whole head: only when it changed.
    if (this.#known?.version !== entry.version) this.#known = { version: entry.version, head: decodeHead(entry.value) };
    return { head: this.#known.head, hasOwnRecord };
  }
}
