import type { Clock, Timer } from '../core/clock.ts';
import type { CoordStore } from '../store/coord-store.ts';

export interface RecordAnnouncerParts {
  readonly store: CoordStore;
  readonly clock: Clock;
  readonly key: string;
  /** Time between two beats, ms; readers call a record silent after three of them. */
  readonly beatMs: number;
  /** The record's text at this moment. */
  record(beat: number): string;
  /** A write was answered. */
  onWritten?(): void;
  onError(detail: string): void;
}

/**
 * Keeps a record of this process in the store: a beat every `beatMs`, and at once when something in it changed. One write is
 * under way at a time; a store that is down costs nothing but the attempts.
 */
export class RecordAnnouncer {
  readonly #parts: RecordAnnouncerParts;
  #timer: Timer | null = null;
  #writing: Promise<void> | null = null;
  #isDirty = false;
  #beat = 0;
  #isClosed = false;

  constructor(parts: RecordAnnouncerParts) {
    this.#parts = parts;
  }

  /** Writes the record soon; several calls share one write. Resolves when the write under way ended, however. */
  async announce(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#writing !== null) {
      this.#isDirty = true;
      await this.#writing;
      return;
    }
    this.#timer?.cancel();
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
      if (this.#isClosed) return;
      this.#timer = this.#parts.clock.setTimer(this.#isDirty ? 0 : this.#parts.beatMs, () => void this.announce());
      this.#isDirty = false;
    });
    await this.#writing;
  }

  /** Takes the record away, so that nobody waits for this process to fall silent. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#writing;
    await this.#transact(null);
  }

  async #write(): Promise<void> {
    this.#beat += 1;
    await this.#transact(this.#parts.record(this.#beat));
  }

  async #transact(value: string | null): Promise<void> {
    try {
      await this.#parts.store.transact([], [{ key: this.#parts.key, value }]);
      this.#parts.onWritten?.();
    } catch (error) {
      this.#parts.onError((error as Error).message);
    }
  }
}
