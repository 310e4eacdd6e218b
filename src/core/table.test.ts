import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyColumns, smallWorld, unit } from '../../test/support/small-world.ts';
import { INCARNATION, threeCitiesTable } from '../../test/support/three-cities.ts';
import type { Epoch, ShardId } from './ids.ts';
import type { ShardColumns } from './shard-columns.ts';
import { carryShards, firstTable, makeTable, shardsAtHome, shardsAwayFromHome, type Table } from './table.ts';
import { indexTopology, NONE, type Topology } from './topology.ts';
import type { TopologyDocument } from './topology-document.ts';

const world = indexTopology(smallWorld());
const unitName = (topology: Topology, index: number): string | undefined => topology.units[index]?.id;
const placeName = (topology: Topology, index: number): string | undefined => topology.dataCenters[index]?.id;

/** Records by name: what must not change when indices do. */
function inNames(columns: ShardColumns, topology: Topology): unknown[] {
  return Array.from({ length: columns.length }, (_, shard) => {
    const { owner, previous, primary, ...rest } = columns.at(shard as ShardId);
    return {
      ...rest,
      owner: unitName(topology, owner),
      previous: unitName(topology, previous),
      primary: placeName(topology, primary),
    };
  });
}

function tableWith(shards: ShardColumns, document: TopologyDocument = smallWorld()): Table {
  const topology = indexTopology(document);
  return makeTable({ incarnation: INCARNATION, epoch: 20 as Epoch, digest: 'd', topology, overrides: [], shards });
}

test('the first table has every shard active at its home and primary, at epoch 1', () => {
  const table = threeCitiesTable();
  assert.equal(table.epoch, 1);
  for (let shard = 0; shard <= 100; shard += 1) {
    const home = shard === 100 ? 'GZ00' : `RZ0${Math.floor(shard / 20) + 1}`;
    const record = table.shards.at(shard as ShardId);
    const unitDocument = table.topology.document.units.find(({ id }) => id === home);
    assert.deepEqual(
      { ...record, owner: unitName(table.topology, record.owner), primary: placeName(table.topology, record.primary) },
      {
        epoch: 1,
        since: 1,
        state: 'ACTIVE',
        owner: home,
        primary: unitDocument?.primary,
        previous: NONE,
        operation: null,
      },
    );
  }
  assert.deepEqual(shardsAwayFromHome(table), []);
});

test('a realm without a G unit has a global shard that nobody owns, and nothing is away from home', () => {
  const units = smallWorld().units.filter(({ kind }) => kind !== 'G');
  const table = firstTable(smallWorld({ units }), INCARNATION, 'd');
  assert.equal(table.shards.at(10 as ShardId).owner, NONE);
  assert.deepEqual(shardsAwayFromHome(table), []);
});

test('overrides change the weights that are in force, and only those that they name', () => {
  const override = { unit: 'R1', weights: { 'R1-e1': 5, 'R1-e2': 95 }, author: 'a', reason: 'r', expiresAt: null };
  const table = makeTable({ ...tableWith(shardsAtHome(world, 1 as Epoch)), overrides: [override] });
  const weights = Object.fromEntries(table.cellsOfUnit.flat().map((cell) => [cell.id, cell.weight]));
  assert.deepEqual([weights['R1-e1'], weights['R1-e2'], weights['R2-w1'], weights['G1-e1']], [5, 95, 100, 100]);
});

test('shards are carried to a topology with other indices, unchanged by name', () => {
  const document = smallWorld({
    cities: [
      { id: 'north', dataCenters: ['n1'] },
      { id: 'west', dataCenters: ['w1'] },
      { id: 'east', dataCenters: ['e2', 'e1'] },
    ],
    units: [unit('R', 'R0', { n1: 100 }), ...[...smallWorld().units].reverse()],
  });
  const after = indexTopology(document);
  fc.assert(
    fc.property(anyColumns(world), (columns) => {
      const carried = carryShards(columns, world, after);
      assert.ok(carried.ok);
      assert.deepEqual(inNames(carried.shards, after), inNames(columns, world));
      const back = carryShards(carried.shards, after, world);
      assert.ok(back.ok);
      assert.deepEqual(inNames(back.shards, world), inNames(columns, world));
    }),
  );
});

test('shards are never carried to a topology that has lost their owner, their previous owner or their primary', () => {
  const units = smallWorld().units.flatMap((old) => (old.id === 'R2' ? [] : [{ ...old, remoteTargets: [] }]));
  const withoutR2 = smallWorld({ units });
  const after = indexTopology(withoutR2);
  fc.assert(
    fc.property(anyColumns(world), (columns) => {
      const carried = carryShards(columns, world, after);
      const isUsed = JSON.stringify(inNames(columns, world)).includes('"R2"');
      assert.equal(carried.ok, !isUsed);
      if (!carried.ok) assert.ok(carried.lost.includes('unit R2'));
    }),
  );
});

test('a refusal names everything that would be stranded, once', () => {
  const columns = shardsAtHome(world, 1 as Epoch);
  const units = smallWorld().units.flatMap((old) =>
    old.id === 'R1' ? [unit('R', 'R1', { e2: 100 })] : old.id === 'G1' ? [] : [old],
  );
  const carried = carryShards(columns, world, indexTopology(smallWorld({ units })));
  assert.deepEqual(carried, {
    ok: false,
    lost: ['the cell of unit R1 in e1, where its data takes writes', 'unit G1'],
  });
});

test('a shard is away from home if its owner or its primary is not what the ruleset says, frozen ones included', () => {
  fc.assert(
    fc.property(anyColumns(world), (columns) => {
      const table = tableWith(columns);
      const wanted = Array.from({ length: 11 }, (_, shard) => shard).filter((shard) => {
        const home = world.home[shard] as number;
        const { owner, primary } = columns.at(shard as ShardId);
        return owner !== home || primary !== world.units[home]?.primary;
      });
      assert.deepEqual(shardsAwayFromHome(table), wanted);
    }),
  );
});
