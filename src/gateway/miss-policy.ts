import type { ShardId } from '../core/ids.ts';
import { NO_SHARD } from '../core/shard-rule.ts';
import type { Table } from '../core/table.ts';
import { NONE } from '../core/topology.ts';
import { crc32 } from '../core/utf8-hash.ts';

const LOCAL_SHARDS = new WeakMap<Table, Map<number, Uint32Array>>();

/** Miss policy `hash`: the shard of another key, by hash/1 over the realm's number of shards. */
export function hashedShard(table: Table, key: string): ShardId {
  return (crc32(key) % table.topology.shardCount) as ShardId;
}

/**
 * Miss policy `local`: one of the shards whose owner has a cell in the edge's data center, by the client's address, so that
 * a client without an ID keeps its place. NO_SHARD if this data center owns nothing.
 */
export function localShard(table: Table, dataCenter: number, clientAddress: string): ShardId {
  const shards = localShards(table, dataCenter);
  if (shards.length === 0) return NO_SHARD;
  return shards[crc32(clientAddress) % shards.length] as ShardId;
}

/** Worked out once for each table and data center. */
function localShards(table: Table, dataCenter: number): Uint32Array {
  let byDataCenter = LOCAL_SHARDS.get(table);
  if (byDataCenter === undefined) {
    byDataCenter = new Map();
    LOCAL_SHARDS.set(table, byDataCenter);
  }
  let shards = byDataCenter.get(dataCenter);
  if (shards === undefined) {
    shards = Uint32Array.from(ownedNear(table, dataCenter));
    byDataCenter.set(dataCenter, shards);
  }
  return shards;
}

function* ownedNear(table: Table, dataCenter: number): Generator<number> {
  const near = table.topology.units.map((unit) => unit.cells.some((cell) => cell.dataCenter === dataCenter));
  for (let shard = 0; shard < table.topology.shardCount; shard += 1) {
    const owner = table.shards.owner[shard] ?? NONE;
    if (near[owner] === true) yield shard;
  }
}
