import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyColumns, anyShard, smallWorld } from '../../test/support/small-world.ts';
import type { ShardId } from './ids.ts';
import { ShardColumns, type ShardRecord } from './shard-columns.ts';
import { indexTopology, NONE } from './topology.ts';

const columnsOfWorld = anyColumns(indexTopology(smallWorld()));
const recordsOf = (columns: ShardColumns): ShardRecord[] =>
  Array.from({ length: columns.length }, (_, shard) => columns.at(shard as ShardId));

test('what was filled in is read back, for the shards of the range and no others', () => {
  fc.assert(
    fc.property(columnsOfWorld, anyShard, anyShard, anyShard, (columns, a, b, from) => {
      const [first, last] = a < b ? [a, b] : [b, a];
      const record = columns.at(from);
      const before = recordsOf(columns);
      columns.fill(first, last, record);
      recordsOf(columns).forEach((now, shard) => {
        assert.deepEqual(now, shard >= first && shard <= last ? record : before[shard]);
      });
    }),
  );
});

test('a copy has the same records, and changing it changes nothing else', () => {
  fc.assert(
    fc.property(columnsOfWorld, anyShard, anyShard, (columns, to, from) => {
      const before = recordsOf(columns);
      const copy = columns.copy();
      assert.deepEqual(recordsOf(copy), before);
      copy.fill(to, to, { ...columns.at(from), operation: 'another' });
      assert.deepEqual(recordsOf(columns), before);
    }),
  );
});

test('two shards are the same exactly if their records are equal', () => {
  fc.assert(
    fc.property(columnsOfWorld, anyShard, anyShard, (columns, a, b) => {
      const isEqual = JSON.stringify(columns.at(a)) === JSON.stringify(columns.at(b));
      assert.equal(columns.same(a, b), isEqual);
    }),
  );
});

test('columns begin with no owner, no primary and epoch 0', () => {
  const [record] = recordsOf(new ShardColumns(1));
  assert.deepEqual(record, {
    epoch: 0,
    since: 0,
    state: 'ACTIVE',
    owner: NONE,
    primary: NONE,
    previous: NONE,
    operation: null,
  });
});
