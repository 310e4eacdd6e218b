/** Whatever uses a connection to a cell, as the connection sees it. */
export interface ConnectionUser {
  /** Some of its request left. */
  readonly isWritten: boolean;
  /** Bytes came; what they are the reader tells. */
  received(): void;
  /** The reader has told all that the bytes were. */
  wasRead(): void;
  /** More can be written. */
  drained(): void;
  /** The connection is gone. */
  lost(error: Error): void;
  /** Its time limit ran out. */
  expired(): void;
  /** A receiver of its events threw. */
  broke(error: unknown): void;
  /** The instance was taken away. */
  terminate(detail: string): void;
}
