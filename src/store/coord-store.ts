/**
 * The narrow port to the coordination store (docs/ownership-protocol.md, "The narrow store port").
 *
 * Three qualities are asked of an engine: linearizable reads at one revision, a multi-key compare-and-set, and a change
 * feed that is only a hint. No leases, no TTLs, no watch guarantees: whatever has these three can carry the product.
 * Keys are relative to the realm's prefix (`/ldc/<realm>/v1/`), which the implementation adds.
 */

/** One key as read. `version` grows with every write of this key and is never 0; compare with it, never order by it. */
export interface StoreEntry {
  readonly key: string;
  readonly value: string;
  readonly version: string;
}

/** What was true of the store at one instant between the call and its answer (linearizable). */
export interface StoreSnapshot {
  /** Sorted by the UTF-8 bytes of the key. */
  readonly entries: readonly StoreEntry[];
  /** The store's own revision; for logs and for the feed's resumption only: a restore can turn it back. */
  readonly revision: string;
}

/** A condition on one key: its version, or `null` for "does not exist". */
export interface StoreCondition {
  readonly key: string;
  readonly version: string | null;
}

/** A write of one key, or its deletion with `value: null`. */
export interface StoreWrite {
  readonly key: string;
  readonly value: string | null;
}

export type TransactionResult =
  | { readonly kind: 'committed'; readonly revision: string }
  /** Nothing was written; `entries` are the compared keys as they were. */
  | { readonly kind: 'conflict'; readonly entries: readonly StoreEntry[] };

/**
 * A hint that keys changed: any number of changes may share one hint, hints may be late, doubled or lost for a while.
 * After `lagged`, whoever keeps a copy must read again.
 */
export type StoreHint =
  | { readonly kind: 'changed'; readonly keys: readonly string[] }
  | { readonly kind: 'lagged'; readonly reason: string };

export interface StoreWatch {
  close(): void;
}

/**
 * Every call fails with a CodedError whose code begins with `STORE_`, after its time limit (store-settings.ts) at the
 * latest. Arguments outside `LIMITS` fail with STORE_TOO_LARGE, malformed ones with STORE_BAD_CALL, before anything is sent.
 */
export interface CoordStore {
  /** Linearizable read of the named keys at one revision; keys that do not exist are left out. */
  read(keys: readonly string[]): Promise<StoreSnapshot>;
  /** Linearizable snapshot of all keys that begin with `prefix`, at one revision, however many pages it takes. */
  snapshot(prefix: string): Promise<StoreSnapshot>;
  /**
   * All conditions hold → all writes happen, at once; else none. At most `LIMITS.transactionKeys` conditions plus writes,
   * no key written twice. A lost answer throws `STORE_AMBIGUOUS`: the caller re-reads to learn whether it happened; so it
   * may after STORE_CLOSED. It is never sent twice. After every other error nothing was written.
   */
  transact(conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): Promise<TransactionResult>;
  /**
   * Calls `onHint` when keys under `prefix` may have changed. Begins with one `lagged` once the watch stands: whoever
   * reads after it misses nothing (while the store is down it does not come). Resumes by itself for ever, and says
   * `lagged` after each interruption and every `reconcileMs`. `onHint` is never called from inside `watch`, nor after `close`.
   */
  watch(prefix: string, onHint: (hint: StoreHint) => void): StoreWatch;
  /** Ends watches and connections; calls in flight fail with STORE_CLOSED. */
  close(): Promise<void>;
}

/** Bounds that every implementation keeps (etcd's defaults are 128 operations and 1.5 MiB a transaction). */
export const LIMITS = {
  /** Keys of one `read`; conditions plus writes of one `transact`. */
  transactionKeys: 120,
  /** UTF-8 bytes of one key, without the realm's prefix. */
  keyBytes: 1024,
  /** UTF-8 bytes of one value. */
  valueBytes: 512 * 1024,
  /** UTF-8 bytes of all keys and values that one transaction writes. */
  transactionBytes: 1024 * 1024,
} as const;
