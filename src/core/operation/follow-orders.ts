import type { Epoch, ShardId } from '../ids.ts';
import type { ShardRun } from '../loss/shard-run.ts';
import type { Table } from '../table.ts';
import { type Place, placeKey } from './operation.ts';
import type { GateEffect } from './operation-effect.ts';
import { eachShard, runsOf } from './runs.ts';

/**
 * Shards of a copy, whom it must follow for them, the shards' epoch, and the lineage: the epoch at which that owner's copy was promoted.
 * The two differ where an operation froze the shards since, and aborted.
 */
export interface FollowOrder {
  readonly shards: readonly ShardRun[];
  readonly owner: Place;
  readonly epoch: Epoch;
  readonly lineage: Epoch;
}

/**
 * The first shard that a table shows as it was before the operation's grant, or null. A store that shows a backup does so: it says nothing
 * of whom the copies must follow today, and a shard that is left out for it would never be told.
 */
export function ungrantedShard({ shards }: Table, effect: GateEffect): ShardId | null {
  const granted = (shard: number): boolean =>
    shard < shards.length && shards.at(shard as ShardId).epoch >= effect.epoch;
  return ([...eachShard(effect.shards)].find((shard) => !granted(shard)) ?? null) as ShardId | null;
}

/**
 * Whom a `FollowSource` means today. The loser of an emergency may return after later operations moved the shards on: it follows
 * who owns them now, never itself, and a shard that is on the move is left to the operation that moves it.
 */
export function followOrders({ topology, shards }: Table, effect: GateEffect): FollowOrder[] {
  const groups = new Map<string, { owner: Place; epoch: Epoch; lineage: Epoch; shards: number[] }>();
  for (const shard of eachShard(effect.shards)) {
    const record = shards.at(shard as ShardId);
    const unit = topology.units[record.owner];
    const dataCenter = topology.dataCenters[record.primary];
    if (unit === undefined || dataCenter === undefined || record.operation !== null) continue;
    const owner: Place = { unit: unit.id, dataCenter: dataCenter.id };
    // A data center has one copy of a shard, whichever of its units owns it: a copy never follows itself.
    if (owner.dataCenter === effect.place.dataCenter) continue;
    const { epoch, since: lineage } = record;
    const key = `${placeKey(owner)} ${epoch} ${lineage}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { owner, epoch, lineage, shards: [shard] });
    else group.shards.push(shard);
  }
  return [...groups.values()].map((group) => ({ ...group, shards: runsOf(group.shards) }));
}
