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
 * Whom a `FollowSource` means today. The loser of an emergency may return after later operations moved the shards on: it follows
 * who owns them now, never itself, and a shard that is on the move is left to the operation that moves it.
 */
export function followOrders({ topology, shards }: Table, effect: GateEffect): FollowOrder[] {
  const groups = new Map<string, { owner: Place; epoch: Epoch; lineage: Epoch; shards: number[] }>();
  for (const shard of eachShard(effect.shards)) {
    if (shard >= shards.length) continue;
    const record = shards.at(shard as ShardId);
    const unit = topology.units[record.owner];
    const dataCenter = topology.dataCenters[record.primary];
    if (unit === undefined || dataCenter === undefined || record.operation !== null) continue;
    const owner: Place = { unit: unit.id, dataCenter: dataCenter.id };
    // A data center has one copy of a shard, whichever of its units owns it: a copy never follows itself.
    if (record.epoch < effect.epoch || owner.dataCenter === effect.place.dataCenter) continue;
    const { epoch, since: lineage } = record;
    const key = `${placeKey(owner)} ${epoch} ${lineage}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { owner, epoch, lineage, shards: [shard] });
    else group.shards.push(shard);
  }
  return [...groups.values()].map((group) => ({ ...group, shards: runsOf(group.shards) }));
}
