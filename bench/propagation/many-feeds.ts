import { TableFeed } from '../../src/gateway/table-feed.ts';
import type { CoordStore } from '../../src/store/coord-store.ts';
import { eventually } from '../../test/support/eventually.ts';
import { machineClock as clock } from '../../test/support/machine-clock.ts';
import type { TableObserver } from './table-changes.ts';

/** As a gateway has them, but for the file of the snapshot. */
const NO_SNAPSHOT = { load: () => Promise.resolve(null), save: () => Promise.resolve() };
const POLL_MS = 750;

/** Table feeds of this process on one store, each reading and indexing the table for itself. */
export class ManyFeeds implements TableObserver {
  readonly names: readonly string[];
  readonly #feeds: readonly TableFeed[];
  readonly #epochs: number[];
  readonly #appliedAt: number[];

  constructor(store: CoordStore, realm: string, count: number) {
    this.names = Array.from({ length: count }, (_, n) => `feed ${n}`);
    this.#epochs = this.names.map(() => 0);
    this.#appliedAt = this.names.map(() => 0);
    this.#feeds = this.names.map((_, n) => {
      const apply = (table: { readonly epoch: number }): void => {
        this.#epochs[n] = table.epoch;
        this.#appliedAt[n] = performance.now();
      };
      const settings = { pollMs: POLL_MS };
      return new TableFeed({ store, realm, clock, snapshot: NO_SNAPSHOT, settings, apply, onEvent: () => undefined });
    });
  }

  async start(): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => feed.start()));
  }

  async all(epoch: number): Promise<readonly number[]> {
    await eventually(`all feeds have epoch ${epoch}`, () => this.#epochs.every((each) => each === epoch));
    return [...this.#appliedAt];
  }

  async close(): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => feed.close()));
  }
}
