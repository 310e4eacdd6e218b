import type { Epoch, ShardId } from '../ids.ts';
import type { ShardColumns, ShardRecord } from '../shard-columns.ts';
import type { Table } from '../table.ts';
import { NONE, type Topology } from '../topology.ts';
import type { Adoption } from './adoption.ts';

/**
 * Every owned shard FREEZING at the adoption's epoch. `previous` is only the owner by the backup: whoever it is, its guards have
 * nothing in flight of the new incarnation and so give up its reads at once.
 */
export function frozenShards(
  { shards }: Table,
  { id, freezeEpoch: epoch }: Pick<Adoption, 'id' | 'freezeEpoch'>,
): ShardColumns {
  return changed(shards, (record) => {
    const previous = record.state === 'FREEZING' ? record.previous : record.owner;
    if (previous === NONE) return record;
    return { epoch, state: 'FREEZING', owner: NONE, primary: NONE, previous, since: record.since, operation: id };
  });
}

/**
 * The shards of the found owners ACTIVE there, still under the adoption's name: edges hold until the promotion is on record. Null
 * if a shard is not frozen by it, or a place is not in the topology.
 */
export function grantedShards({ shards, topology }: Table, adoption: Adoption, epoch: Epoch): ShardColumns | null {
  const next = shards.copy();
  for (const { shards: runs, place } of adoption.owners) {
    const owner = topology.unitIndex.get(place.unit) ?? NONE;
    const primary = topology.dataCenterIndex.get(place.dataCenter) ?? NONE;
    if (!hasCell(topology, owner, primary)) return null;
    const record = {
      epoch,
      state: 'ACTIVE',
      owner,
      primary,
      previous: NONE,
      since: epoch,
      operation: adoption.id,
    } as const;
    for (const [from, to] of runs) {
      for (let shard = from; shard <= to; shard += 1) {
        const { state, operation } = shards.at(shard as ShardId);
        if (state !== 'FREEZING' || operation !== adoption.id) return null;
      }
      next.fill(from, to, record);
    }
  }
  return next;
}

/** Edges hold these shards no longer. What could not be granted stays frozen under the adoption's name. */
export function releasedShards({ shards }: Table, { id, grantEpoch }: Adoption): ShardColumns {
  return changed(shards, (record) => {
    const isGranted = record.operation === id && record.state === 'ACTIVE' && record.epoch === grantEpoch;
    return isGranted ? { ...record, operation: null } : record;
  });
}

function changed(shards: ShardColumns, change: (record: ShardRecord) => ShardRecord): ShardColumns {
  const next = shards.copy();
  for (let shard = 0; shard < shards.length; shard += 1) next.fill(shard, shard, change(shards.at(shard as ShardId)));
  return next;
}

function hasCell(topology: Topology, unit: number, dataCenter: number): boolean {
  return topology.units[unit]?.cells.some((cell) => cell.dataCenter === dataCenter) ?? false;
}
