/**
 * What happens inside a store and fails no call: for the log and the metrics of whoever opened it.
 * `detail` is for people and never holds a password or a value.
 */
export type StoreEvent =
  /** A watch lost its connection and connects again after `againInMs`. */
  | { readonly kind: 'watch-broken'; readonly prefix: string; readonly detail: string; readonly againInMs: number }
  /** A watch is connected; from here on no change under its prefix is missed. */
  | {
      readonly kind: 'watch-established';
      readonly prefix: string;
      readonly endpoint: string;
      readonly revision: string;
    }
  /** The watch could not go on where it was (compaction, a store that went back); its listener was told `lagged`. */
  | { readonly kind: 'watch-lagged'; readonly prefix: string; readonly detail: string }
  /** A member did not answer as it should; another is asked next. */
  | { readonly kind: 'member-failed'; readonly endpoint: string; readonly detail: string }
  /** The thread of the embedded store ended by itself; the next call starts another. */
  | { readonly kind: 'worker-lost'; readonly detail: string }
  /** A listener of hints threw; the watch goes on. */
  | { readonly kind: 'listener-threw'; readonly prefix: string; readonly error: unknown };

export type StoreObserver = (event: StoreEvent) => void;
