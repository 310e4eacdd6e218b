import type { Clock, Timer } from '../core/clock.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { type EdgeRecord, edgeKey, encodeEdge } from '../store/records/node-record.ts';

/** What a gateway says of itself at this moment; the announcer adds the beat. */
export type EdgeFacts = Omit<EdgeRecord, 'format' | 'beat'>;

export interface EdgeAnnouncerParts {
  readonly store: CoordStore;
  readonly clock: Clock;
  /** Time between two beats, ms; readers call a record silent after three of them. */
  readonly beatMs: number;
  facts(): EdgeFacts;
  onError(detail: string): void;
}

/**
 * Keeps this gateway's record in the store: a beat every `beatMs`, and at once when something in it changed. One write is
 * under way at a time; a store that is down costs nothing but the attempts.
 */
export class EdgeAnnouncer {
  readonly #parts: EdgeAnnouncerParts;
  #timer: Timer | null = null;
  #writing: Promise<void> | null = null;
  #isDirty = false;
  #beat = 0;
  #isClosed = false;

  constructor(parts: EdgeAnnouncerParts) {
    this.#parts = parts;
  }

  /** Writes the record soon; several calls share one write. */
  announce(): void {
    if (this.#isClosed) return;
    if (this.#writing !== null) {
      this.#isDirty = true;
      return;
    }
    this.#timer?.cancel();
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
      if (this.#isClosed) return;
      this.#timer = this.#parts.clock.setTimer(this.#isDirty ? 0 : this.#parts.beatMs, () => this.announce());
      this.#isDirty = false;
    });
  }

  /** Takes the record away, so that nobody waits for this gateway to fall silent. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#writing;
    const { node, boot } = this.#parts.facts();
    await this.#transact(edgeKey(node, boot), null);
  }

  async #write(): Promise<void> {
    this.#beat += 1;
    const facts = this.#parts.facts();
    const record: EdgeRecord = { format: 1, ...facts, beat: this.#beat };
    await this.#transact(edgeKey(facts.node, facts.boot), encodeEdge(record));
  }

  async #transact(key: string, value: string | null): Promise<void> {
    try {
      await this.#parts.store.transact([], [{ key, value }]);
    } catch (error) {
      this.#parts.onError((error as Error).message);
    }
  }
}
