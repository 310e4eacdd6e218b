import type { ShardId } from '../../src/core/ids.ts';
import { ACTIVE } from '../../src/core/shard-columns.ts';
import { shardName } from '../../src/core/shard-name.ts';
import type { Fleet } from '../fleet/fleet.ts';

/** A copy that must not become the owner's as it is, and what would make it that. */
export interface WorstCopy {
  readonly shard: number;
  /** Unit of the copy that shards are moved to. */
  readonly to: string;
  readonly dataCenter: string;
}

interface Found extends WorstCopy {
  readonly isOlder: boolean;
  readonly missing: number;
}

/**
 * The copy that is worst to move on to, as only somebody who sees everything can know: one of an older lineage than its owner's, the
 * longer its log the better; else one that lacks the most entries. Null: all copies have what their owners have.
 */
export function findWorstCopy(fleet: Fleet, shards: readonly number[]): WorstCopy | null {
  const found = shards.flatMap((shard) => behindOf(fleet, shard));
  found.sort((left, right) => Number(right.isOlder) - Number(left.isOlder) || rank(right) - rank(left));
  return found[0] ?? null;
}

/** Of older lineages the one that has most, of those that only lag the one that lacks most. */
const rank = ({ isOlder, missing }: Found): number => (isOlder ? -missing : missing);

function behindOf({ history: { table }, cells, topology }: Fleet, shard: number): Found[] {
  if (table === null || table.shards.state[shard] !== ACTIVE || table.shards.operation.has(shard)) return [];
  const name = shardName(topology.shardRule, shard as ShardId);
  const primary = table.topology.dataCenters[table.shards.primary[shard] ?? -1]?.id ?? '';
  const owner = cells.get(primary)?.tables.log.state(name);
  if (owner === undefined) return [];
  return topology.units.flatMap(({ id, kind, primary: dataCenter }): Found[] => {
    if (kind !== 'R' || dataCenter === null || dataCenter === primary) return [];
    const copy = cells.get(dataCenter)?.tables.log.head(name);
    if (copy === null || copy === undefined) return [];
    const [isOlder, missing] = [copy.lineage < owner.lineage, owner.offset - copy.offset];
    return isOlder || missing > 0 ? [{ shard, to: id, dataCenter, isOlder, missing }] : [];
  });
}
