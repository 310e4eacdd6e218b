/** What a connection tells its session; every call stands alone, none is made from inside `write` or `start`. */
export interface ByteConnectionEvents {
  /** Bytes in the order in which the other side wrote them, cut anywhere; the session may keep them. */
  data(bytes: Buffer): void;
  /** After `write` returned false: more may be written. */
  drain(): void;
  /** Once, last: no byte follows, either way. `reason` is for people. */
  closed(reason: string): void;
}

/**
 * An ordered, reliable connection of bytes to an authenticated peer: a TLS socket (socket-connection.ts), or the
 * simulator's network.
 */
export interface ByteConnection {
  /** Called once, before anything else. */
  start(events: ByteConnectionEvents): void;
  /** Takes all of the bytes; false means "wait for `drain`". The bytes must not be changed afterwards. */
  write(bytes: Buffer): boolean;
  /** Calls back once, after the other events of this turn of the event loop: what they produced goes out together. */
  defer(run: () => void): void;
  /** Sends what was written, within a short limit, and closes. Harmless when closed. */
  close(): void;
}
