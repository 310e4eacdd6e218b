import type { Epoch, ShardId } from '../ids.ts';
import type { ShardRun } from '../loss/shard-run.ts';
import { type Place, placeKey } from '../operation/operation.ts';
import { eachShard, runsOf } from '../operation/runs.ts';
import type { Table } from '../table.ts';
import type { CopyPlace } from './copy-places.ts';

/** Shards of a data center's copies, whom they must follow, and the epoch of that ownership. */
export interface OwnerToFollow {
  readonly shards: readonly ShardRun[];
  readonly owner: Place;
  readonly epoch: Epoch;
}

/**
 * Whom the copies of a data center must follow today. A data center that comes back late follows who owns its shards by then;
 * those on the move, and those left frozen, are not its matter.
 */
export function ownersToFollow({ topology, shards }: Table, { dataCenter, shards: held }: CopyPlace): OwnerToFollow[] {
  const groups = new Map<string, { owner: Place; epoch: Epoch; shards: number[] }>();
  for (const shard of eachShard(held)) {
    if (shard >= shards.length) continue;
    const record = shards.at(shard as ShardId);
    const unit = topology.units[record.owner];
    const primary = topology.dataCenters[record.primary];
    if (unit === undefined || primary === undefined || record.operation !== null || primary.id === dataCenter) continue;
    const owner: Place = { unit: unit.id, dataCenter: primary.id };
    const key = `${placeKey(owner)} ${record.epoch}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { owner, epoch: record.epoch, shards: [shard] });
    else group.shards.push(shard);
  }
  return [...groups.values()].map((group) => ({ ...group, shards: runsOf(group.shards) }));
}
