import type { ErrorCode } from '../errors.ts';
import { type CellHealth, chooseCell } from './cell-choice.ts';
import type { Epoch, ShardId } from './ids.ts';
import { ACTIVE } from './shard-columns.ts';
import type { Table } from './table.ts';
import { type Cell, NONE } from './topology.ts';

/** Where the edge stands and what it knows of the cells; `isAvailable` takes a cell index of the table's topology. */
export interface EdgePlace extends CellHealth {
  /** Index of the edge's own data center. */
  readonly dataCenter: number;
}

/** Why a decision is what it is; the words of `ldc route` and of the log. */
export type DecisionReason =
  | 'owner of the shard'
  | 'previous owner, for reads during a move'
  | 'own data center'
  | 'own city'
  | 'next city'
  | 'shard is being moved'
  | 'no healthy cell in the unit'
  | 'no healthy cell in any city'
  | 'the realm has no unit for this'
  | 'unsafe method on a read-only route';

/** Units, cells and data centers by their index in the table's topology. */
export type Decision =
  | {
      readonly kind: 'forward';
      readonly shard: ShardId;
      /** 0 for C requests. */
      readonly epoch: Epoch;
      readonly unit: number;
      readonly cell: Cell;
      readonly reason: DecisionReason;
    }
  | {
      readonly kind: 'hold';
      readonly shard: ShardId;
      readonly epoch: Epoch;
      readonly unit: number;
      readonly reason: DecisionReason;
    }
  | { readonly kind: 'reject'; readonly code: ErrorCode; readonly unit: number; readonly reason: DecisionReason };

/** A C request belongs to no shard. */
export const NO_EPOCH = 0 as Epoch;

/**
 * Routes one R or G request: the shard's owner, then one of its cells by weight. While the shard is frozen a read still
 * goes to the previous owner and a write is held. O(1) in the number of shards.
 */
export function decideShard(table: Table, place: EdgePlace, shard: ShardId, userHash: number, safe: boolean): Decision {
  const { shards } = table;
  const epoch = shards.epoch[shard] as Epoch;
  const active = shards.state[shard] === ACTIVE;
  const unit = (active ? shards.owner[shard] : shards.previous[shard]) as number;
  if (unit === NONE) return reject('NO_ROUTE', NONE, 'the realm has no unit for this');
  if (!active && !safe) return { kind: 'hold', shard, epoch, unit, reason: 'shard is being moved' };
  const cells = table.cellsOfUnit[unit] as readonly Cell[];
  const chosen = chooseCell(cells, userHash, place);
  if (chosen === -1) return reject('NO_HEALTHY_CELL', unit, 'no healthy cell in the unit');
  const reason = active ? 'owner of the shard' : 'previous owner, for reads during a move';
  return { kind: 'forward', shard, epoch, unit, cell: cells[chosen] as Cell, reason };
}

/** Routes one C request: the copy in the edge's data center, else in its city, else in the next cities. Safe methods only. */
export function decideCopy(table: Table, place: EdgePlace, userHash: number, safe: boolean): Decision {
  const { topology } = table;
  const city = topology.dataCenters[place.dataCenter]?.city ?? NONE;
  const unit = topology.readUnitOfCity[city] ?? NONE;
  if (!safe) return reject('METHOD_NOT_ALLOWED', unit, 'unsafe method on a read-only route');
  const first = topology.units[unit];
  if (first === undefined) return reject('NO_ROUTE', NONE, 'the realm has no unit for this');
  for (const candidate of [unit, ...first.remoteTargets]) {
    const cells = table.cellsOfUnit[candidate] as readonly Cell[];
    const cell = nearestCell(cells, place, userHash);
    if (cell === null) continue;
    const reason =
      candidate !== unit ? 'next city' : cell.dataCenter === place.dataCenter ? 'own data center' : 'own city';
    return { kind: 'forward', shard: topology.globalShard, epoch: NO_EPOCH, unit: candidate, cell, reason };
  }
  return reject('NO_HEALTHY_CELL', unit, 'no healthy cell in any city');
}

function nearestCell(cells: readonly Cell[], place: EdgePlace, userHash: number): Cell | null {
  for (const cell of cells) if (cell.dataCenter === place.dataCenter && place.isAvailable(cell.index)) return cell;
  const equal = cells.map((cell) => ({ ...cell, weight: 1 }));
  const chosen = chooseCell(equal, userHash, place);
  return chosen === -1 ? null : (cells[chosen] as Cell);
}

function reject(code: ErrorCode, unit: number, reason: DecisionReason): Decision {
  return { kind: 'reject', code, unit, reason };
}
