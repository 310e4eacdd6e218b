import type { Clock } from '../core/clock.ts';
import type { BootId, NodeId } from '../core/ids.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { type EdgeRecord, edgeKey, encodeEdge } from '../store/records/node-record.ts';
import { RecordAnnouncer } from './record-announcer.ts';

/** What a gateway says of itself at this moment; the announcer adds the beat. */
export type EdgeFacts = Omit<EdgeRecord, 'format' | 'beat'>;

export interface EdgeAnnouncerParts {
  readonly store: CoordStore;
  readonly clock: Clock;
  readonly node: NodeId;
  readonly boot: BootId;
  /** Time between two beats, ms; readers call a record silent after three of them. */
  readonly beatMs: number;
  facts(): EdgeFacts;
  onError(detail: string): void;
}

/** Keeps this gateway's record as an edge in the store. */
export class EdgeAnnouncer {
  readonly #announcer: RecordAnnouncer;

  constructor({ store, clock, node, boot, beatMs, facts, onError }: EdgeAnnouncerParts) {
    this.#announcer = new RecordAnnouncer({
      store,
      clock,
      beatMs,
      key: edgeKey(node, boot),
      record: (beat) => encodeEdge({ format: 1, ...facts(), beat }),
      onError,
    });
  }

  /** Writes the record soon; several calls share one write. */
  announce(): void {
    void this.#announcer.announce();
  }

  /** Takes the record away, so that nobody waits for this gateway to fall silent. Never rejects. */
  close(): Promise<void> {
    return this.#announcer.close();
  }
}
