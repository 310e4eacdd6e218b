import type { ErrorCode } from '../errors.ts';
import type { Epoch, ShardId, UnitId } from './ids.ts';
import { ACTIVE } from './shard-columns.ts';
import type { Table } from './table.ts';
import { NONE, type Unit } from './topology.ts';

/** What an edge says about a request, by name as it came over the wire. */
export interface AdmissionClaim {
  readonly shard: ShardId;
  readonly epoch: Epoch;
  readonly unit: string;
  readonly cell: string;
  readonly safe: boolean;
}

export type Admission =
  | { readonly kind: 'admitted' }
  /** The edge knows a newer epoch, or a release, that this guard does not: read linearizably, then ask again. */
  | { readonly kind: 'behind'; readonly epoch: Epoch }
  /** Not executed; `epoch` and `owner` are the newest that this guard knows. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly epoch: Epoch; readonly owner: UnitId | null };

const ADMITTED: Admission = { kind: 'admitted' };

/**
 * Rules 1 and 2 of the guard (docs/ownership-protocol.md): the edge's epoch is the guard's own epoch of the shard, and this
 * data center has the named cell of the unit that owns it. Every request that reaches a cell passes here and nowhere else.
 */
export function admit(table: Table, dataCenter: number, claim: AdmissionClaim): Admission {
  const { topology, shards } = table;
  const unit = topology.units[topology.unitIndex.get(claim.unit) ?? NONE];
  if (unit === undefined || !hasCell(unit, claim.cell, dataCenter)) return refuse(table, claim.shard, 'NOT_OWNER');
  if (unit.kind === 'C') return claim.safe ? ADMITTED : refuse(table, claim.shard, 'METHOD_NOT_ALLOWED');
  if (!(claim.shard >= 0 && claim.shard < shards.length)) return refuse(table, claim.shard, 'NOT_OWNER');
  const epoch = shards.epoch[claim.shard] as Epoch;
  if (claim.epoch < epoch) return refuse(table, claim.shard, 'STALE_EPOCH');
  if (claim.epoch > epoch) return { kind: 'behind', epoch };
  const active = shards.state[claim.shard] === ACTIVE;
  if (!active && !claim.safe) return refuse(table, claim.shard, 'SHARD_MOVING');
  const owner = active ? shards.owner[claim.shard] : shards.previous[claim.shard];
  if (owner !== unit.index) return refuse(table, claim.shard, 'NOT_OWNER');
  // Granted, but not released as far as this guard knows: edges hold until they know more, and the release leaves the epoch.
  if (active && !claim.safe && shards.operation.has(claim.shard)) return { kind: 'behind', epoch };
  return ADMITTED;
}

function hasCell(unit: Unit, cell: string, dataCenter: number): boolean {
  return unit.cells.some((candidate) => candidate.dataCenter === dataCenter && candidate.id === cell);
}

function refuse(table: Table, shard: ShardId, code: ErrorCode): Admission {
  const owner = table.shards.owner[shard];
  const name = owner === undefined || owner === NONE ? null : (table.topology.units[owner]?.id ?? null);
  return { kind: 'refused', code, epoch: (table.shards.epoch[shard] ?? 0) as Epoch, owner: name };
}
