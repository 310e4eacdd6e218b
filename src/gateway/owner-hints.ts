import type { OwnerHint } from '../core/decide.ts';
import type { ShardId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import type { Refusal } from './upstream.ts';

/**
 * Owners that guards named when they refused: all that an edge knows of newer tables while the store does not answer it. A hint
 * is only a hint, as the edge's own table is: the guard of the named owner decides. Bounded by the number of shards.
 */
export class OwnerHints {
  readonly #hints = new Map<ShardId, OwnerHint>();
  /** The table that they go beyond; a newer one makes all of them old. */
  #table: Table | null = null;

  /** Whether the refusal names an owner that is newer than what `table` says, and than an earlier hint. */
  learn(table: Table, shard: ShardId, { epoch, owner }: Refusal): boolean {
    const known = this.of(table, shard)?.epoch ?? table.shards.epoch[shard] ?? 0;
    if (owner === null || epoch <= known) return false;
    this.#hints.set(shard, { epoch, owner });
    return true;
  }

  /** Null: the table itself is the newest that is known. */
  of(table: Table, shard: ShardId): OwnerHint | null {
    if (this.#table !== table) this.#hints.clear();
    this.#table = table;
    return this.#hints.get(shard) ?? null;
  }
}
