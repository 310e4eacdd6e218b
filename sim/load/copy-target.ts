import type { ShardId } from '../../src/core/ids.ts';
import { unitsWithCopy } from '../../src/core/plan/unit-places.ts';
import { ACTIVE } from '../../src/core/shard-columns.ts';
import { shardName } from '../../src/core/shard-name.ts';
import { NONE } from '../../src/core/topology.ts';
import type { Fleet } from '../fleet/fleet.ts';

/** A unit that a shard may be moved to, and where its copy is. */
export interface CopyTarget {
  readonly shard: number;
  readonly to: string;
  readonly dataCenter: string;
}

/** Units with a copy of a shard that rests, in order of preference. */
export function copyTargets({ history: { table } }: Fleet, shard: number): CopyTarget[] {
  if (table === null || table.shards.state[shard] !== ACTIVE || table.shards.operation.has(shard)) return [];
  const { topology, shards } = table;
  const owner = topology.units[shards.owner[shard] ?? NONE];
  if (owner === undefined) return [];
  const home = topology.units[topology.home[shard] ?? NONE] ?? null;
  const place = { unit: owner.id, dataCenter: '' };
  return unitsWithCopy(topology, { owner, home, place, shards: [] }).map(({ id, primary }) => {
    const dataCenter = topology.dataCenters[primary]?.id ?? '';
    return { shard, to: id, dataCenter };
  });
}

/**
 * The copy that is worst to move on to, as only somebody who sees everything can know: one of an older lineage than its owner's, the
 * longer its log the better; else one that lacks the most entries. Null: all copies have what their owners have.
 */
export function findWorstCopy(fleet: Fleet, shards: readonly number[]): CopyTarget | null {
  const found = shards.flatMap((shard) =>
    copyTargets(fleet, shard).flatMap((target) => {
      const badness = badnessOf(fleet, target);
      return badness === 0 ? [] : [{ target, badness }];
    }),
  );
  found.sort((left, right) => right.badness - left.badness);
  return found[0]?.target ?? null;
}

/** Above all that can be missing. */
const OLDER = 1_000_000;

function badnessOf({ cells, topology, history }: Fleet, { shard, dataCenter }: CopyTarget): number {
  const name = shardName(topology.shardRule, shard as ShardId);
  const primary = history.table?.shards.primary[shard] ?? NONE;
  const place = history.table?.topology.dataCenters[primary]?.id ?? '';
  const [owner, copy] = [cells.get(place)?.tables.log.state(name), cells.get(dataCenter)?.tables.log.state(name)];
  if (place === dataCenter || owner === undefined || copy === undefined) return 0;
  const missing = owner.offset - copy.offset;
  return copy.lineage < owner.lineage ? OLDER - missing : Math.max(0, missing);
}
