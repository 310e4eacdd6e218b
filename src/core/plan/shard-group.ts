import type { ShardId } from '../ids.ts';
import type { ShardRun } from '../loss/shard-run.ts';
import type { Place } from '../operation/operation.ts';
import { runsOf } from '../operation/runs.ts';
import type { Table } from '../table.ts';
import { NONE, type Unit } from '../topology.ts';

/** Shards that are alike for a plan: same owner, same primary, same home. */
export interface ShardGroup {
  readonly owner: Unit;
  readonly place: Place;
  readonly home: Unit | null;
  readonly shards: readonly ShardRun[];
}

/**
 * All owned shards of a table by owner, primary and home, in order of their first shard. A frozen shard counts for the unit
 * that had it; the rule "one operation per shard" keeps plans off it.
 */
export function shardGroups(table: Table): ShardGroup[] {
  const { topology, shards } = table;
  const groups = new Map<string, { owner: Unit; place: Place; home: Unit | null; shards: number[] }>();
  for (let shard = 0; shard < shards.length; shard += 1) {
    const record = shards.at(shard as ShardId);
    const owner = topology.units[record.owner === NONE ? record.previous : record.owner];
    if (owner === undefined) continue;
    const dataCenter = topology.dataCenters[record.primary === NONE ? owner.primary : record.primary]?.id ?? '';
    const home = topology.units[topology.home[shard] as number] ?? null;
    const key = `${owner.index} ${dataCenter} ${home?.index}`;
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { owner, place: { unit: owner.id, dataCenter }, home, shards: [shard] });
    } else group.shards.push(shard);
  }
  return [...groups.values()].map((group) => ({ ...group, shards: runsOf(group.shards) }));
}
