import type { BootId, DataCenterId, NodeId } from '../../src/core/ids.ts';
import { FREEZING } from '../../src/core/shard-columns.ts';
import type { CoordStore, StoreWatch } from '../../src/store/coord-store.ts';
import { encodeGuard, guardKey } from '../../src/store/records/guard-record.ts';
import { HEAD_KEY } from '../../src/store/records/head-record.ts';
import { TableReader } from '../../src/store/records/table-reader.ts';

/** Guards without requests: one a data center, which acknowledges each freeze as soon as it reads it, unless it is silent. */
export class AcknowledgingGuards {
  /** Data centers whose guard has a record and acknowledges nothing. */
  readonly silent = new Set<string>();
  /** L that a data center's guard says; none says anything else. */
  readonly horizons = new Map<string, number>();
  readonly #store: CoordStore;
  readonly #tables: TableReader;
  readonly #dataCenters: readonly string[];
  readonly #watch: StoreWatch;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;
  #beat = 0;

  constructor(store: CoordStore, realm: string, dataCenters: readonly string[]) {
    this.#store = store;
    this.#tables = new TableReader(store, realm);
    this.#dataCenters = dataCenters;
    this.#watch = store.watch(HEAD_KEY, () => this.#hint());
    this.#hint();
  }

  /** Writes the records now. */
  announce(): Promise<void> {
    this.#hint();
    return this.#work;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watch.close();
    await this.#work;
  }

  #hint(): void {
    this.#work = this.#work.then(() => this.#acknowledge()).catch(() => {});
  }

  async #acknowledge(): Promise<void> {
    const reading = this.#isClosed ? null : await this.#tables.read();
    if (reading === null) return;
    const { incarnation, epoch, shards } = reading.table;
    const frozen = new Map<string, { operation: string; epoch: typeof epoch }>();
    for (const [shard, operation] of shards.operation) {
      if (shards.state[shard] === FREEZING)
        frozen.set(operation, { operation, epoch: shards.epoch[shard] as typeof epoch });
    }
    this.#beat += 1;
    const writes = this.#dataCenters.map((name) => {
      const dataCenter = name as DataCenterId;
      const [node, boot] = [`gateway-${name}-1` as NodeId, 'boot-1' as BootId];
      const horizonMs = this.horizons.get(name);
      const says = horizonMs === undefined ? {} : { horizonMs };
      const own = {
        node,
        boot,
        dataCenter,
        version: '0',
        formats: [1],
        address: '127.0.0.1:1',
        beat: this.#beat,
        ...says,
      };
      const drained = this.silent.has(name) ? [] : [...frozen.values()];
      return {
        key: guardKey(node, boot),
        value: encodeGuard({ format: 1, ...own, applied: { incarnation, epoch }, drained }),
      };
    });
    await this.#store.transact([], writes);
  }
}
