import fc from 'fast-check';
import type { Epoch, ShardId } from '../../src/core/ids.ts';
import { ShardColumns, type ShardRecord } from '../../src/core/shard-columns.ts';
import { makeTable, type Table } from '../../src/core/table.ts';
import { indexTopology, NONE, type Topology } from '../../src/core/topology.ts';
import type { TopologyDocument, UnitDocument } from '../../src/core/topology-document.ts';
import { INCARNATION, threeCities } from './three-cities.ts';

const HEALTH = { path: '/healthz', intervalMs: 1000, timeoutMs: 500, unhealthyAfter: 2, healthyAfter: 1 };

/** A unit with `id: weight` cells, each in the data center that its name ends with. */
export function unit(
  kind: UnitDocument['kind'],
  id: string,
  cells: Record<string, number>,
  over: Partial<UnitDocument> = {},
): UnitDocument {
  const dataCenters = Object.keys(cells);
  return {
    id,
    kind,
    home: [],
    globalHome: false,
    primary: kind === 'C' ? null : (dataCenters[0] ?? ''),
    cells: dataCenters.map((dataCenter) => ({
      id: `${id}-${dataCenter}`,
      dataCenter,
      weight: cells[dataCenter] ?? 0,
      instances: [],
      tls: null,
      health: HEALTH,
      maxConcurrent: 10,
    })),
    remoteTargets: [],
    capacity: kind === 'R' ? 10 : null,
    storeLost: 'fence',
    ...over,
  };
}

/** Two cities, three data centers, ten shards: small enough for every combination. */
export function smallWorld(over: Partial<TopologyDocument> = {}): TopologyDocument {
  return threeCities({
    shardRule: { name: 'digits/1', digits: 1, fromEnd: 0 },
    cities: [
      { id: 'east', dataCenters: ['e1', 'e2'] },
      { id: 'west', dataCenters: ['w1'] },
    ],
    units: [
      unit('R', 'R1', { e1: 60, e2: 40 }, { home: [[0, 4]], remoteTargets: ['R2'] }),
      unit('R', 'R2', { w1: 100 }, { home: [[5, 9]], remoteTargets: ['R1'] }),
      unit('G', 'G1', { e1: 100, e2: 0 }, { globalHome: true, remoteTargets: ['G2'] }),
      unit('G', 'G2', { w1: 100 }),
      unit('C', 'CE', { e1: 0, e2: 0 }, { remoteTargets: ['CW'] }),
      unit('C', 'CW', { w1: 0 }, { remoteTargets: ['CE'] }),
    ],
    ...over,
  });
}

/** A record that protocol.md allows: any unit of the right kind, any of its data centers, frozen or not. */
function anyRecord(topology: Topology, shard: number): fc.Arbitrary<ShardRecord> {
  const kind = shard === topology.shardCount ? 'G' : 'R';
  const owners = topology.units.filter((candidate) => candidate.kind === kind);
  return fc
    .record({
      owner: fc.constantFrom(...owners),
      cell: fc.nat(),
      epoch: fc.integer({ min: 1, max: 20 }),
      age: fc.nat(20),
      isFrozen: fc.boolean(),
      operation: fc.constantFrom(null, 'op-1', 'op-2'),
    })
    .map(({ owner, cell, epoch, age, isFrozen, operation }) => ({
      epoch: epoch as Epoch,
      since: Math.max(1, epoch - age) as Epoch,
      state: isFrozen ? 'FREEZING' : 'ACTIVE',
      owner: isFrozen ? NONE : owner.index,
      primary: isFrozen ? NONE : (owner.cells[cell % owner.cells.length]?.dataCenter ?? NONE),
      previous: isFrozen ? owner.index : NONE,
      operation,
    }));
}

export function anyColumns(topology: Topology): fc.Arbitrary<ShardColumns> {
  const records = Array.from({ length: topology.shardCount + 1 }, (_, shard) => anyRecord(topology, shard));
  return fc.tuple(...records).map((all) => {
    const columns = new ShardColumns(topology.shardCount + 1);
    all.forEach((record, shard) => void columns.fill(shard, shard, record));
    return columns;
  });
}

/** Any table of the small world, with weights changed by overrides. */
export const anyTable: fc.Arbitrary<Table> = fc
  .record({
    columns: anyColumns(indexTopology(smallWorld())),
    weight: fc.integer({ min: 0, max: 100 }),
    isOverridden: fc.boolean(),
  })
  .map(({ columns, weight, isOverridden }) => {
    const weights = { 'R1-e1': weight, 'R1-e2': 100 - weight };
    const override = { unit: 'R1', weights, author: 'test', reason: 'test', expiresAt: null };
    return makeTable({
      incarnation: INCARNATION,
      epoch: 20 as Epoch,
      digest: 'digest-20',
      topology: indexTopology(smallWorld()),
      overrides: isOverridden ? [override] : [],
      shards: columns,
    });
  });

export const anyShard: fc.Arbitrary<ShardId> = fc.integer({ min: 0, max: 10 }).map((shard) => shard as ShardId);
