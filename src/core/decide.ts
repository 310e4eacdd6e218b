import type { ErrorCode } from '../errors.ts';
import { type CellHealth, chooseCell } from './cell-choice.ts';
import type { Epoch, ShardId, UnitId } from './ids.ts';
import { ACTIVE } from './shard-columns.ts';
import type { Table } from './table.ts';
import { type Cell, type DataCenter, NONE, type Unit } from './topology.ts';

/** Where the edge stands and what it knows of the cells; `isAvailable` takes a cell index of the table's topology. */
export interface EdgePlace extends CellHealth {
  /** Index of the edge's own data center. */
  readonly dataCenter: number;
}

/** Why a decision is what it is; the words of `ldc route` and of the log. */
export type DecisionReason =
  | 'owner of the shard'
  | 'owner that a guard named'
  | 'previous owner, for reads during a move'
  | 'own data center'
  | 'own city'
  | 'next city'
  | 'shard is being moved'
  | 'no healthy cell in the unit'
  | 'no healthy cell in any city'
  | 'the realm has no unit for this'
  | 'unsafe method on a read-only route';

/** Complete in itself: whoever has a decision needs no table to read it. */
export type Decision =
  | {
      readonly kind: 'forward';
      readonly shard: ShardId;
      /** Of the shard; NO_EPOCH for C requests. */
      readonly epoch: Epoch;
      readonly unit: Unit;
      readonly cell: Cell;
      readonly dataCenter: DataCenter;
      readonly reason: DecisionReason;
    }
  | {
      readonly kind: 'hold';
      readonly shard: ShardId;
      readonly epoch: Epoch;
      readonly unit: Unit;
      readonly reason: DecisionReason;
    }
  | {
      readonly kind: 'reject';
      readonly code: ErrorCode;
      /** Null where the realm has no unit for the request. */
      readonly unit: Unit | null;
      readonly reason: DecisionReason;
    };

/** A C request belongs to no shard. */
export const NO_EPOCH = 0 as Epoch;

/**
 * Routes one R or G request: the shard's owner, then one of its cells by weight. While the shard is frozen a read still
 * goes to the previous owner and a write is held, and so it is from the grant to the release, while the shard still names its
 * operation: the new copy is not promoted yet. O(1) in the number of shards.
 */
export function decideShard(table: Table, place: EdgePlace, shard: ShardId, userHash: number, safe: boolean): Decision {
  const { shards, topology } = table;
  const epoch = shards.epoch[shard] as Epoch;
  const active = shards.state[shard] === ACTIVE;
  const unit = topology.units[(active ? shards.owner[shard] : shards.previous[shard]) as number];
  if (unit === undefined) return reject('NO_ROUTE', null, 'the realm has no unit for this');
  if (!safe && isHeld(table, shard)) return { kind: 'hold', shard, epoch, unit, reason: 'shard is being moved' };
  const cells = table.cellsOfUnit[unit.index] as readonly Cell[];
  const chosen = chooseCell(cells, userHash, place);
  if (chosen === -1) return reject('NO_HEALTHY_CELL', unit, 'no healthy cell in the unit');
  const reason = active ? 'owner of the shard' : 'previous owner, for reads during a move';
  return forward(table, shard, epoch, unit, cells[chosen] as Cell, reason);
}

/** A shard's owner as a guard named it that knows a newer table than this edge. */
export interface OwnerHint {
  readonly owner: UnitId;
  /** Of the shard. */
  readonly epoch: Epoch;
}

/**
 * As decideShard, by what a guard said and the table does not know yet; null: the hint leads nowhere. Nothing is held: whether the
 * shard moves still, only the named owner's guard can tell.
 */
export function decideByHint(
  table: Table,
  place: EdgePlace,
  shard: ShardId,
  { owner, epoch }: OwnerHint,
  userHash: number,
): Decision | null {
  const { topology } = table;
  const unit = topology.units[topology.unitIndex.get(owner) ?? NONE];
  const cells = unit === undefined ? [] : (table.cellsOfUnit[unit.index] as readonly Cell[]);
  const chosen = chooseCell(cells, userHash, place);
  if (unit === undefined || chosen === -1) return null;
  return forward(table, shard, epoch, unit, cells[chosen] as Cell, 'owner that a guard named');
}

/** Whether edges hold the shard's writes: from its freeze to its release, or to the abort. */
export function isHeld({ shards }: Table, shard: ShardId): boolean {
  return shards.state[shard] !== ACTIVE || shards.operation.has(shard);
}

/** Routes one C request: the copy in the edge's data center, else in its city, else in the next cities. Safe methods only. */
export function decideCopy(table: Table, place: EdgePlace, userHash: number, safe: boolean): Decision {
  const { topology } = table;
  const city = topology.dataCenters[place.dataCenter]?.city ?? NONE;
  const own = topology.units[topology.readUnitOfCity[city] ?? NONE];
  if (!safe) return reject('METHOD_NOT_ALLOWED', own ?? null, 'unsafe method on a read-only route');
  if (own === undefined) return reject('NO_ROUTE', null, 'the realm has no unit for this');
  for (const index of [own.index, ...own.remoteTargets]) {
    const unit = topology.units[index] as Unit;
    const cell = nearestCell(table.cellsOfUnit[index] as readonly Cell[], place, userHash);
    if (cell === null) continue;
    const nearby = cell.dataCenter === place.dataCenter ? 'own data center' : 'own city';
    return forward(table, topology.globalShard, NO_EPOCH, unit, cell, unit === own ? nearby : 'next city');
  }
  return reject('NO_HEALTHY_CELL', own, 'no healthy cell in any city');
}

function nearestCell(cells: readonly Cell[], place: EdgePlace, userHash: number): Cell | null {
  for (const cell of cells) if (cell.dataCenter === place.dataCenter && place.isAvailable(cell.index)) return cell;
  // C cells have no weights: all count the same.
  const equal = cells.map((cell) => ({ ...cell, weight: 1 }));
  const chosen = chooseCell(equal, userHash, place);
  return chosen === -1 ? null : (cells[chosen] as Cell);
}

function forward(table: Table, shard: ShardId, epoch: Epoch, unit: Unit, cell: Cell, reason: DecisionReason): Decision {
  const dataCenter = table.topology.dataCenters[cell.dataCenter] as DataCenter;
  return { kind: 'forward', shard, epoch, unit, cell, dataCenter, reason };
}

function reject(code: ErrorCode, unit: Unit | null, reason: DecisionReason): Decision {
  return { kind: 'reject', code, unit, reason };
}
