import type { Epoch, ShardId } from './ids.ts';
import { NONE } from './topology.ts';

export type ShardState = 'ACTIVE' | 'FREEZING';
export const ACTIVE = 0;
export const FREEZING = 1;

/** One shard as people and records see it (docs/ownership-protocol.md, "Shard record"); units and data centers by index. */
export interface ShardRecord {
  /** The table epoch of the last change of owner, primary or state. */
  readonly epoch: Epoch;
  readonly state: ShardState;
  /** NONE while FREEZING. */
  readonly owner: number;
  /** Data center whose copy takes writes; NONE while FREEZING. */
  readonly primary: number;
  /** While FREEZING: the unit that owned it; else NONE. */
  readonly previous: number;
  /** Epoch at which the present uninterrupted ownership began. */
  readonly since: Epoch;
  /** ID of the operation that moves it, or null. */
  readonly operation: string | null;
}

/**
 * All shards of a table, a column per field: 65,536 shards are seven flat arrays that a look-up indexes, with nothing to
 * chase and nothing for the garbage collector to walk. Written only by whoever builds a table; frozen by convention after.
 */
export class ShardColumns {
  readonly length: number;
  readonly epoch: Float64Array;
  readonly since: Float64Array;
  readonly state: Uint8Array;
  readonly owner: Uint16Array;
  readonly primary: Uint16Array;
  readonly previous: Uint16Array;
  /** Sparse: only shards that an operation holds. */
  readonly operation: Map<number, string>;

  constructor(length: number) {
    this.length = length;
    this.epoch = new Float64Array(length);
    this.since = new Float64Array(length);
    this.state = new Uint8Array(length);
    this.owner = new Uint16Array(length).fill(NONE);
    this.primary = new Uint16Array(length).fill(NONE);
    this.previous = new Uint16Array(length).fill(NONE);
    this.operation = new Map();
  }

  at(shard: ShardId): ShardRecord {
    return {
      epoch: this.epoch[shard] as Epoch,
      state: this.state[shard] === FREEZING ? 'FREEZING' : 'ACTIVE',
      owner: this.owner[shard] as number,
      primary: this.primary[shard] as number,
      previous: this.previous[shard] as number,
      since: this.since[shard] as Epoch,
      operation: this.operation.get(shard) ?? null,
    };
  }

  /** Sets the shards `from` to `to`, both included. */
  fill(from: number, to: number, record: ShardRecord): void {
    const end = to + 1;
    this.epoch.fill(record.epoch, from, end);
    this.since.fill(record.since, from, end);
    this.state.fill(record.state === 'FREEZING' ? FREEZING : ACTIVE, from, end);
    this.owner.fill(record.owner, from, end);
    this.primary.fill(record.primary, from, end);
    this.previous.fill(record.previous, from, end);
    for (let shard = from; shard < end; shard += 1) {
      if (record.operation === null) this.operation.delete(shard);
      else this.operation.set(shard, record.operation);
    }
  }

  copy(): ShardColumns {
    const copy = new ShardColumns(this.length);
    copy.epoch.set(this.epoch);
    copy.since.set(this.since);
    copy.state.set(this.state);
    copy.owner.set(this.owner);
    copy.primary.set(this.primary);
    copy.previous.set(this.previous);
    for (const [shard, operation] of this.operation) copy.operation.set(shard, operation);
    return copy;
  }

  /** Whether two shards have equal records; the store keeps equal neighbours as one run. */
  same(a: number, b: number): boolean {
    return (
      this.epoch[a] === this.epoch[b] &&
      this.owner[a] === this.owner[b] &&
      this.state[a] === this.state[b] &&
      this.primary[a] === this.primary[b] &&
      this.previous[a] === this.previous[b] &&
      this.since[a] === this.since[b] &&
      this.operation.get(a) === this.operation.get(b)
    );
  }
}
