import type { ShardId } from '../ids.ts';
import type { ShardRun } from '../loss/shard-run.ts';
import { runsOf } from '../operation/runs.ts';
import type { Table } from '../table.ts';
import { NONE, type Unit } from '../topology.ts';

/** Shards of which a data center may hold a copy. */
export interface CopyPlace {
  readonly dataCenter: string;
  readonly shards: readonly ShardRun[];
}

/** By index of the unit: units where its shards may have come to, move by move, itself first. */
function reachableUnits(units: readonly Unit[], from: number): number[] {
  const found = [from];
  for (let at = 0; at < found.length; at += 1) {
    for (const target of units[found[at] as number]?.remoteTargets ?? []) {
      if (!found.includes(target)) found.push(target);
    }
  }
  return found;
}

/** Units that may own a shard, the likeliest first: the owner by the table, the home, and their targets' targets. */
export function possibleOwners({ topology, shards }: Table, shard: number): number[] {
  const record = shards.at(shard as ShardId);
  const now = record.state === 'FREEZING' ? record.previous : record.owner;
  const home = topology.home[shard] ?? NONE;
  const starts = [now, home].filter((unit) => unit !== NONE);
  return [...new Set([...starts, ...starts.flatMap((unit) => reachableUnits(topology.units, unit))])];
}

/**
 * Every data center where a shard can have been promoted since the backup. More than hold a copy today: the backup does not know
 * what was moved after it, only the ruleset's remote targets bound where to.
 */
export function copyPlaces(table: Table): CopyPlace[] {
  const { topology, shards } = table;
  const byDataCenter = new Map<number, number[]>();
  // Neighbours mostly have the same owner and home, hence the same places.
  const known = new Map<string, readonly number[]>();
  for (let shard = 0; shard < shards.length; shard += 1) {
    const key = `${shards.state[shard]} ${shards.owner[shard]} ${shards.previous[shard]} ${topology.home[shard]}`;
    let dataCenters = known.get(key);
    if (dataCenters === undefined) {
      const cells = possibleOwners(table, shard).flatMap((unit) => topology.units[unit]?.cells ?? []);
      dataCenters = [...new Set(cells.map((cell) => cell.dataCenter))];
      known.set(key, dataCenters);
    }
    for (const dataCenter of dataCenters) {
      const list = byDataCenter.get(dataCenter);
      if (list === undefined) byDataCenter.set(dataCenter, [shard]);
      else list.push(shard);
    }
  }
  return [...byDataCenter]
    .sort(([a], [b]) => a - b)
    .map(([index, held]) => ({ dataCenter: topology.dataCenters[index]?.id ?? '', shards: runsOf(held) }));
}
