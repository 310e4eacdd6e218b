import type { CoordStore, StoreWatch } from '../../src/store/coord-store.ts';
import { EDGE_PREFIX, type EdgeRecord } from '../../src/store/records/node-record.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { TableObserver } from './table-changes.ts';

/**
 * What the gateways of a fleet say in the store that they run: seen after they wrote it and we read it, so the times are above the
 * true ones.
 */
export class GatewayEpochs implements TableObserver {
  readonly #store: CoordStore;
  readonly #watch: StoreWatch;
  readonly #seen = new Map<string, Map<number, number>>();
  #reading: Promise<void> | null = null;
  #isHinted = false;

  constructor(store: CoordStore) {
    this.#store = store;
    this.#watch = store.watch(EDGE_PREFIX, () => this.#hint());
  }

  get names(): readonly string[] {
    return [...this.#seen.keys()];
  }

  async known(count: number): Promise<void> {
    await eventually(`${count} gateways are on record`, () => this.#seen.size === count);
  }

  async all(epoch: number): Promise<readonly number[]> {
    const firstAt = (epochs: ReadonlyMap<number, number>): number | undefined => {
      const later = [...epochs].filter(([each]) => each >= epoch).map(([, at]) => at);
      return later.length === 0 ? undefined : Math.min(...later);
    };
    return eventually(`all gateways run epoch ${epoch}`, () => {
      const times = [...this.#seen.values()].map(firstAt);
      return times.every((at) => at !== undefined) && (times as number[]);
    });
  }

  async close(): Promise<void> {
    this.#watch.close();
    await this.#reading;
  }

  #hint(): void {
    this.#isHinted = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
  }

  async #readAll(): Promise<void> {
    while (this.#isHinted) {
      this.#isHinted = false;
      try {
        const { entries } = await this.#store.snapshot(EDGE_PREFIX);
        const at = performance.now();
        for (const { value } of entries) this.#note(JSON.parse(value) as EdgeRecord, at);
      } catch {
        // Whoever waits for an epoch says that it did not come.
      }
    }
  }

  #note({ node, applied }: EdgeRecord, at: number): void {
    if (applied === null) return;
    const epochs = this.#seen.get(node) ?? new Map<number, number>();
    this.#seen.set(node, epochs);
    if (!epochs.has(applied.epoch)) epochs.set(applied.epoch, at);
  }
}
