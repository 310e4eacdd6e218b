import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { anyShard, anyTable, smallWorld } from '../../test/support/small-world.ts';
import { INCARNATION } from '../../test/support/three-cities.ts';
import { type Decision, decideCopy, decideShard, type EdgePlace, NO_EPOCH } from './decide.ts';
import type { Epoch, ShardId } from './ids.ts';
import { firstTable, type Table } from './table.ts';

const CELLS = 9;
const first = firstTable(smallWorld(), INCARNATION, 'd');

/** Availability of each cell as bits; every edge's place. */
const anyPlace: fc.Arbitrary<EdgePlace> = fc
  .record({ dataCenter: fc.integer({ min: 0, max: 2 }), up: fc.integer({ min: 0, max: 2 ** CELLS - 1 }) })
  .map(({ dataCenter, up }) => ({ dataCenter, isAvailable: (cell) => ((up >> cell) & 1) === 1 }));
const anyHash = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const upExcept = (table: Table, ...down: string[]): EdgePlace => ({
  dataCenter: 0,
  isAvailable: (cell) => !down.includes(table.topology.cells[cell]?.id ?? ''),
});
const inWords = (decision: Decision): string =>
  decision.kind === 'forward'
    ? `${decision.cell.id} in ${decision.dataCenter.id}: ${decision.reason}`
    : `${decision.kind === 'hold' ? 'hold' : decision.code}: ${decision.reason}`;

function frozen(shard: number): Table {
  const shards = first.shards.copy();
  const previous = shards.owner[shard] as number;
  const nobody = { owner: 0xffff, primary: 0xffff };
  const since = 1 as Epoch;
  shards.fill(shard, shard, { ...nobody, previous, epoch: 2 as Epoch, state: 'FREEZING', since, operation: 'op' });
  return { ...first, shards };
}

describe('a request of a shard', () => {
  test('is forwarded to an available cell with weight of the unit that answers for it, or not at all', () => {
    fc.assert(
      fc.property(anyTable, anyPlace, anyShard, anyHash, fc.boolean(), (table, place, shard, hash, safe) => {
        const decision = decideShard(table, place, shard, hash, safe);
        const { state, owner, previous, epoch, operation } = table.shards.at(shard);
        const unit = table.topology.units[state === 'ACTIVE' ? owner : previous];
        const usable = table.cellsOfUnit[unit?.index ?? -1]?.filter(
          (cell) => cell.weight > 0 && place.isAvailable(cell.index),
        );
        assert.equal(decision.unit, unit);
        // From the grant to the release the shard still names its operation.
        if ((state === 'FREEZING' || operation !== null) && !safe) {
          assert.deepEqual([decision.kind, decision.reason], ['hold', 'shard is being moved']);
          return;
        }
        assert.equal(decision.kind, usable?.length === 0 ? 'reject' : 'forward');
        if (decision.kind !== 'forward') return;
        assert.ok(usable?.includes(decision.cell));
        assert.equal(decision.dataCenter.index, decision.cell.dataCenter);
        assert.deepEqual([decision.shard, decision.epoch], [shard, epoch]);
        assert.equal(
          decision.reason,
          state === 'ACTIVE' ? 'owner of the shard' : 'previous owner, for reads during a move',
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('goes to the same place whatever edge decides: only the table and the health count', () => {
    fc.assert(
      fc.property(anyTable, anyPlace, anyShard, anyHash, (table, place, shard, hash) => {
        const elsewhere = { ...place, dataCenter: (place.dataCenter + 1) % 3 };
        assert.deepEqual(
          decideShard(table, place, shard, hash, true),
          decideShard(table, elsewhere, shard, hash, true),
        );
      }),
    );
  });

  test('says why, in each case', () => {
    const all = upExcept(first);
    const seven = 7 as ShardId;
    assert.equal(inWords(decideShard(first, all, seven, 1, false)), 'R2-w1 in w1: owner of the shard');
    assert.equal(inWords(decideShard(first, all, 10 as ShardId, 1, false)), 'G1-e1 in e1: owner of the shard');
    assert.equal(
      inWords(decideShard(frozen(7), all, seven, 1, true)),
      'R2-w1 in w1: previous owner, for reads during a move',
    );
    assert.equal(inWords(decideShard(frozen(7), all, seven, 1, false)), 'hold: shard is being moved');
    assert.equal(
      inWords(decideShard(first, upExcept(first, 'R2-w1'), seven, 1, true)),
      'NO_HEALTHY_CELL: no healthy cell in the unit',
    );
    // A cell of weight 0 is no way out: GZ00B is a standby that an operation promotes.
    assert.equal(
      inWords(decideShard(first, upExcept(first, 'G1-e1'), 10 as ShardId, 1, true)),
      'NO_HEALTHY_CELL: no healthy cell in the unit',
    );
  });

  test('of a realm without the unit, or of a shard that does not exist, has no route', () => {
    const units = smallWorld().units.filter(({ kind }) => kind !== 'G');
    const table = firstTable(smallWorld({ units }), INCARNATION, 'd');
    for (const shard of [10, 11, -1]) {
      assert.equal(
        inWords(decideShard(table, upExcept(table), shard as ShardId, 1, true)),
        'NO_ROUTE: the realm has no unit for this',
      );
    }
  });
});

describe('a request of a copy', () => {
  test('goes to the nearest available cell: own data center, own city, next cities; never a write', () => {
    fc.assert(
      fc.property(anyPlace, anyHash, fc.boolean(), (place, hash, safe) => {
        const decision = decideCopy(first, place, hash, safe);
        if (!safe) {
          assert.deepEqual(
            [decision.kind, inWords(decision)],
            ['reject', 'METHOD_NOT_ALLOWED: unsafe method on a read-only route'],
          );
          return;
        }
        const city = first.topology.dataCenters[place.dataCenter]?.city;
        const copies = first.topology.cells.filter(
          (cell) => first.topology.units[cell.unit]?.kind === 'C' && place.isAvailable(cell.index),
        );
        const distance = (dataCenter: number): number =>
          dataCenter === place.dataCenter ? 0 : first.topology.dataCenters[dataCenter]?.city === city ? 1 : 2;
        const nearest = Math.min(...copies.map((cell) => distance(cell.dataCenter)));
        if (copies.length === 0) {
          assert.equal(inWords(decision), 'NO_HEALTHY_CELL: no healthy cell in any city');
          return;
        }
        assert.ok(decision.kind === 'forward');
        assert.ok(copies.some(({ id }) => id === decision.cell.id));
        assert.equal(distance(decision.cell.dataCenter), nearest);
        assert.equal(decision.reason, ['own data center', 'own city', 'next city'][nearest]);
        assert.equal(decision.epoch, NO_EPOCH);
      }),
      { numRuns: 1000 },
    );
  });

  test('in a city without a copy has no route', () => {
    const units = smallWorld().units.filter(({ kind }) => kind !== 'C');
    const table = firstTable(smallWorld({ units }), INCARNATION, 'd');
    assert.equal(inWords(decideCopy(table, upExcept(table), 1, true)), 'NO_ROUTE: the realm has no unit for this');
  });
});
