/**
 * What a strict reader makes of the bytes of one connection, message by message. This folder is a second reading of RFC 9112
 * and docs/message-rules.md, written to be compared with the gateway's: it shares no code with `src/` and is made to be
 * read, not to be fast.
 */
export type Reading =
  /** A message that is served. `mayRefuse`, `mayClose`: the RFC lets a server refuse it, or end the connection behind it, too. */
  | {
      readonly kind: 'served';
      readonly message: ReadMessage;
      readonly closes: boolean;
      readonly mayRefuse: boolean;
      readonly mayClose: boolean;
    }
  /** A message that the gateway answers itself. `closes`: the connection ends then; `mayClose`: the RFC leaves it open. */
  | {
      readonly kind: 'unserved';
      readonly statuses: ReadonlySet<number>;
      readonly method: string;
      readonly closes: boolean;
      readonly mayClose: boolean;
    }
  /** A rule is broken: one answer, then the end. `begun`: its head was right, so a part may have reached the cell. */
  | {
      readonly kind: 'refused';
      readonly statuses: ReadonlySet<number>;
      readonly why: string;
      readonly begun: boolean;
      readonly method: string;
    }
  /** The bytes end inside a message. `mayRefuse`: it can be refused already. */
  | { readonly kind: 'unfinished'; readonly begun: boolean; readonly mayRefuse: boolean }
  /** Bytes that were changed made it another user's, whom the world of the fuzzer serves elsewhere: nothing is compared. */
  | { readonly kind: 'stray'; readonly method: string };

/** A message without what ends at this hop. */
export interface ReadMessage {
  readonly method: string;
  /** In the one form that is passed on. */
  readonly target: string;
  readonly host: string;
  /** End-to-end fields as they came, `Name: value`. */
  readonly fields: readonly string[];
  readonly upgrade: string | null;
  readonly body: string;
  readonly trailers: readonly string[];
}

/** Why a message is refused; the reader goes on to find further reasons, because any of them may be told. */
export class Faults {
  readonly statuses = new Set<number>();
  readonly reasons: string[] = [];

  add(status: number, reason: string): void {
    this.statuses.add(status);
    this.reasons.push(reason);
  }

  get any(): boolean {
    return this.reasons.length > 0;
  }
}
