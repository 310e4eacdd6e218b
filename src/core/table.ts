import type { Epoch, Incarnation, ShardId } from './ids.ts';
import { ShardColumns } from './shard-columns.ts';
import { type Cell, indexTopology, NONE, type Topology } from './topology.ts';
import type { OverrideDocument, TopologyDocument } from './topology-document.ts';

/** What gateways run; immutable. A request takes the current one once and keeps it to its end. */
export interface Table {
  readonly incarnation: Incarnation;
  /** Incarnations that this one was adopted from (`ldc store adopt`), the newest last; none in a store that was never restored. */
  readonly succeeds?: readonly Incarnation[];
  readonly epoch: Epoch;
  /** SHA-256 of the table's content as its record states it, hex. */
  readonly digest: string;
  readonly topology: Topology;
  readonly overrides: readonly OverrideDocument[];
  readonly shards: ShardColumns;
  /** By unit index: its cells in order of ID, with `weight` in force. */
  readonly cellsOfUnit: readonly (readonly Cell[])[];
}

/** Parts of a table as the store's records hold them. */
export interface TableParts {
  readonly incarnation: Incarnation;
  readonly succeeds?: readonly Incarnation[];
  readonly epoch: Epoch;
  readonly digest: string;
  readonly topology: Topology;
  readonly overrides: readonly OverrideDocument[];
  readonly shards: ShardColumns;
}

/** Puts a table together and works out the weights in force. */
export function makeTable(parts: TableParts): Table {
  const weights = new Map<string, number>();
  for (const override of parts.overrides) {
    for (const [cell, weight] of Object.entries(override.weights)) weights.set(cell, weight);
  }
  const cellsOfUnit = parts.topology.units.map((unit) =>
    unit.cells.map((cell) => ({ ...cell, weight: weights.get(cell.id) ?? cell.weight })),
  );
  return { ...parts, cellsOfUnit };
}

/** Every shard ACTIVE at its home: the first table of a realm, epoch 1. */
export function shardsAtHome(topology: Topology, epoch: Epoch): ShardColumns {
  const shards = new ShardColumns(topology.shardCount + 1);
  let from = 0;
  while (from < shards.length) {
    let to = from;
    while (to + 1 < shards.length && topology.home[to + 1] === topology.home[from]) to += 1;
    const owner = topology.home[from] as number;
    const primary = topology.units[owner]?.primary ?? NONE;
    shards.fill(from, to, { epoch, state: 'ACTIVE', owner, primary, previous: NONE, since: epoch, operation: null });
    from = to + 1;
  }
  return shards;
}

/**
 * The same owners under a new topology, whose indices may differ. Applying a ruleset never changes an owner or a primary:
 * what it would strand is returned by name instead.
 */
export function carryShards(
  shards: ShardColumns,
  before: Topology,
  after: Topology,
): { readonly ok: true; readonly shards: ShardColumns } | { readonly ok: false; readonly lost: readonly string[] } {
  const unitMap = before.units.map((unit) => after.unitIndex.get(unit.id) ?? NONE);
  const dataCenterMap = before.dataCenters.map((dataCenter) => after.dataCenterIndex.get(dataCenter.id) ?? NONE);
  const lost = new Set<string>();
  const carried = shards.copy();
  const carry = (column: Uint16Array, map: readonly number[], nameOf: (index: number) => string): void => {
    for (let shard = 0; shard < column.length; shard += 1) {
      const old = column[shard] as number;
      if (old === NONE) continue;
      const now = map[old] ?? NONE;
      if (now === NONE) lost.add(nameOf(old));
      column[shard] = now;
    }
  };
  const unitName = (index: number): string => `unit ${before.units[index]?.id}`;
  carry(carried.owner, unitMap, unitName);
  carry(carried.previous, unitMap, unitName);
  carry(carried.primary, dataCenterMap, (index) => `data center ${before.dataCenters[index]?.id}`);
  for (const missing of primariesWithoutCell(carried, after)) lost.add(missing);
  return lost.size === 0 ? { ok: true, shards: carried } : { ok: false, lost: [...lost].sort() };
}

function primariesWithoutCell(shards: ShardColumns, topology: Topology): Set<string> {
  const missing = new Set<string>();
  for (let shard = 0; shard < shards.length; shard += 1) {
    const owner = topology.units[shards.owner[shard] as number];
    const primary = shards.primary[shard] as number;
    if (owner === undefined || primary === NONE) continue;
    if (!owner.cells.some((cell) => cell.dataCenter === primary)) {
      missing.add(`the cell of unit ${owner.id} in ${topology.dataCenters[primary]?.id}, where its data takes writes`);
    }
  }
  return missing;
}

/** R shards whose owner or primary is not what the ruleset says, in ascending order (`G` included, last). */
export function shardsAwayFromHome(table: Table): ShardId[] {
  const { topology, shards } = table;
  const away: ShardId[] = [];
  for (let shard = 0; shard < shards.length; shard += 1) {
    const home = topology.home[shard] as number;
    if (home === NONE) continue;
    const primary = topology.units[home]?.primary;
    if (shards.owner[shard] !== home || shards.primary[shard] !== primary) away.push(shard as ShardId);
  }
  return away;
}

/** Convenience for callers that hold the document: first table of a new realm. */
export function firstTable(document: TopologyDocument, incarnation: Incarnation, digest: string): Table {
  const topology = indexTopology(document);
  const epoch = 1 as Epoch;
  return makeTable({ incarnation, epoch, digest, topology, overrides: [], shards: shardsAtHome(topology, epoch) });
}
