import { cellSalt } from './cell-choice.ts';
import type { CellId, CityId, DataCenterId, ShardId, UnitId } from './ids.ts';
import { shardCount } from './shard-rule.ts';
import type { RouteDocument, ShardRule, TopologyDocument, UnitDocument } from './topology-document.ts';

/** "No unit", "no data center" in an index column. */
export const NONE = 0xffff;

export interface DataCenter {
  readonly id: DataCenterId;
  readonly index: number;
  readonly city: number;
}

export interface Cell {
  readonly id: CellId;
  readonly index: number;
  readonly unit: number;
  readonly dataCenter: number;
  /** As the ruleset says; overrides are applied by the table. */
  readonly weight: number;
  readonly salt: number;
}

export interface Unit {
  readonly id: UnitId;
  readonly index: number;
  readonly kind: 'R' | 'G' | 'C';
  readonly city: number;
  /** Index of the data center that takes writes by the ruleset; NONE for C. */
  readonly primary: number;
  /** In order of their IDs, as the choice by weight wants them. */
  readonly cells: readonly Cell[];
  readonly remoteTargets: readonly number[];
  readonly capacity: number | null;
  readonly storeLost: 'fence' | 'serve';
}

/** The topology with an index for every look-up of the hot path. */
export interface Topology {
  readonly document: TopologyDocument;
  readonly shardRule: ShardRule;
  /** Number of R shards; the global shard `G` has this index. */
  readonly shardCount: number;
  readonly globalShard: ShardId;
  readonly cities: readonly CityId[];
  readonly dataCenters: readonly DataCenter[];
  readonly units: readonly Unit[];
  readonly cells: readonly Cell[];
  readonly routes: readonly RouteDocument[];
  /** Unit index by shard, `G` last; NONE where the realm has no G unit. */
  readonly home: Uint16Array;
  /** C unit index by city; NONE where a city has none. */
  readonly readUnitOfCity: Uint16Array;
  readonly unitIndex: ReadonlyMap<string, number>;
  readonly cellIndex: ReadonlyMap<string, number>;
  readonly dataCenterIndex: ReadonlyMap<string, number>;
}

/**
 * Builds the indices. The document was checked by the ruleset parser or by the store's record decoder; a name that is not
 * known here is a bug or a damaged record and throws.
 */
export function indexTopology(document: TopologyDocument): Topology {
  const cities = document.cities.map((city) => city.id as CityId);
  const dataCenters = document.cities
    .flatMap((city, cityIndex) => city.dataCenters.map((id) => ({ id: id as DataCenterId, city: cityIndex })))
    .map((dataCenter, index) => ({ ...dataCenter, index }));
  const dataCenterIndex = new Map<string, number>(dataCenters.map((dataCenter) => [dataCenter.id, dataCenter.index]));
  const unitIndex = new Map<string, number>(document.units.map((unit, index) => [unit.id, index]));
  const cells: Cell[] = [];
  const units = document.units.map((unit, index): Unit => {
    const own = indexCells(unit, index, cells.length, dataCenterIndex);
    cells.push(...own);
    const first = own[0];
    return {
      id: unit.id as UnitId,
      index,
      kind: unit.kind,
      city: first === undefined ? NONE : (dataCenters[first.dataCenter]?.city ?? NONE),
      primary: unit.primary === null ? NONE : known(dataCenterIndex, unit.primary, 'data center'),
      cells: own,
      remoteTargets: unit.remoteTargets.map((id) => known(unitIndex, id, 'unit')),
      capacity: unit.capacity,
      storeLost: unit.storeLost,
    };
  });
  const shards = shardCount(document.shardRule);
  return {
    document,
    shardRule: document.shardRule,
    shardCount: shards,
    globalShard: shards as ShardId,
    cities,
    dataCenters,
    units,
    cells,
    routes: document.routes,
    home: homes(document.units, shards),
    readUnitOfCity: readUnits(units, cities.length),
    unitIndex,
    cellIndex: new Map<string, number>(cells.map((cell) => [cell.id, cell.index])),
    dataCenterIndex,
  };
}

function indexCells(
  unit: UnitDocument,
  unitIndex: number,
  firstIndex: number,
  dataCenterIndex: ReadonlyMap<string, number>,
): Cell[] {
  return [...unit.cells]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((cell, offset) => ({
      id: cell.id as CellId,
      index: firstIndex + offset,
      unit: unitIndex,
      dataCenter: known(dataCenterIndex, cell.dataCenter, 'data center'),
      weight: cell.weight,
      salt: cellSalt(cell.id),
    }));
}

function homes(units: readonly UnitDocument[], shards: number): Uint16Array {
  const home = new Uint16Array(shards + 1).fill(NONE);
  units.forEach((unit, index) => {
    for (const [from, to] of unit.home) home.fill(index, from, to + 1);
    if (unit.globalHome) home[shards] = index;
  });
  return home;
}

function readUnits(units: readonly Unit[], cities: number): Uint16Array {
  const byCity = new Uint16Array(cities).fill(NONE);
  for (const unit of units) if (unit.kind === 'C' && unit.city !== NONE) byCity[unit.city] = unit.index;
  return byCity;
}

function known(index: ReadonlyMap<string, number>, name: string, what: string): number {
  const found = index.get(name);
  if (found === undefined) throw new Error(`${what} ${JSON.stringify(name)} is not in the topology`);
  return found;
}
