import type { ShardColumns } from '../shard-columns.ts';
import type { Table } from '../table.ts';
import { NONE } from '../topology.ts';

/**
 * Units that a grant gives more shards than their capacity, in words; `granted` is what it makes of the table's shards. A frozen shard
 * counts for the unit that it may come back to: an abort asks nobody for room. A unit that has too many already and gets no more by this
 * grant is not named. A planned move is refused by these words unless the rule was overridden, an emergency writes them down
 * (`countRoom` in apply-step.ts, docs/decisions/016-data-before-room.md).
 */
export function aboveCapacity(
  { topology, shards }: Pick<Table, 'topology' | 'shards'>,
  granted: ShardColumns,
): string[] {
  const [before, after] = [shardsOfUnits(shards), shardsOfUnits(granted)];
  return topology.units.flatMap(({ id, index, capacity }) => {
    const used = after.get(index) ?? 0;
    if (capacity === null || used <= capacity || used <= (before.get(index) ?? 0)) return [];
    return [`${id} has ${used} shards now, its capacity is ${capacity}`];
  });
}

function shardsOfUnits({ length, owner, previous }: ShardColumns): Map<number, number> {
  const counts = new Map<number, number>();
  for (let shard = 0; shard < length; shard += 1) {
    const unit = owner[shard] === NONE ? previous[shard] : owner[shard];
    if (unit !== undefined && unit !== NONE) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  }
  return counts;
}
