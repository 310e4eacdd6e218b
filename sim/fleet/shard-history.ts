import { ACTIVE } from '../../src/core/shard-columns.ts';
import type { Table } from '../../src/core/table.ts';
import { NONE } from '../../src/core/topology.ts';

/** What a shard was from one epoch of its own on. */
export interface ShardEra {
  readonly epoch: number;
  readonly isActive: boolean;
  /** Owner, or previous owner of a frozen shard. */
  readonly unit: string;
  readonly primary: string | null;
  readonly since: number;
  readonly operation: string | null;
}

/** Who owned which shard when, read off the store's commits: the truth that guards and copies are held against. */
export class ShardHistory {
  readonly #eras: ShardEra[][] = [];
  table: Table | null = null;

  /** A table came on record. */
  add(table: Table): void {
    const before = this.table;
    this.table = table;
    const { shards } = table;
    for (let shard = 0; shard < shards.length; shard += 1) {
      const isSame = before !== null && before.shards.epoch[shard] === shards.epoch[shard];
      if (isSame) continue;
      const eras = this.#eras[shard] ?? [];
      eras.push(eraOf(table, shard));
      this.#eras[shard] = eras;
    }
  }

  /** The era with exactly this epoch. */
  at(shard: number, epoch: number): ShardEra | null {
    return this.#eras[shard]?.findLast((era) => era.epoch === epoch) ?? null;
  }

  of(shard: number): readonly ShardEra[] {
    return this.#eras[shard] ?? [];
  }
}

function eraOf({ shards, topology }: Table, shard: number): ShardEra {
  const isActive = shards.state[shard] === ACTIVE;
  const unit = topology.units[(isActive ? shards.owner[shard] : shards.previous[shard]) as number];
  const primary = shards.primary[shard] as number;
  return {
    epoch: shards.epoch[shard] as number,
    isActive,
    unit: unit?.id ?? '',
    primary: primary === NONE ? null : (topology.dataCenters[primary]?.id ?? null),
    since: shards.since[shard] as number,
    operation: shards.operation.get(shard) ?? null,
  };
}
