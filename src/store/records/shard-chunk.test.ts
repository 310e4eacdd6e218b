import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyColumns, smallWorld, unit } from '../../../test/support/small-world.ts';
import type { Epoch, ShardId } from '../../core/ids.ts';
import type { ShardColumns, ShardRecord } from '../../core/shard-columns.ts';
import { shardsAtHome } from '../../core/table.ts';
import { indexTopology, NONE } from '../../core/topology.ts';
import { RecordError } from './record-error.ts';
import { decodeShards, encodeShards, SHARDS_PER_CHUNK } from './shard-chunk.ts';

const world = indexTopology(smallWorld());
const NEWEST = 20 as Epoch;
const recordsOf = (columns: ShardColumns): ShardRecord[] =>
  Array.from({ length: columns.length }, (_, shard) => columns.at(shard as ShardId));
const keysOf = (texts: readonly string[]): string[] => texts.map((_, index) => `chunks/${index}`);

test('any columns come back as they were', () => {
  fc.assert(
    fc.property(anyColumns(world), (columns) => {
      const texts = encodeShards(columns, world);
      assert.deepEqual(recordsOf(decodeShards(texts, keysOf(texts), world, NEWEST)), recordsOf(columns));
    }),
  );
});

function largeWorld(shards: number): ReturnType<typeof indexTopology> {
  return indexTopology(
    smallWorld({
      shardRule: { name: 'hash/1', shards },
      units: [
        unit('R', 'R1', { e1: 100 }, { home: [[0, shards - 1]] }),
        unit('R', 'R2', { w1: 100 }),
        unit('G', 'G1', { e1: 100 }, { globalHome: true }),
      ],
    }),
  );
}

for (const shards of [4095, 4096, 4097, 8192, 65_536]) {
  test(`${shards} shards, each other than its neighbour at the borders of chunks, come back as they were`, () => {
    const topology = largeWorld(shards);
    const columns = shardsAtHome(topology, 1 as Epoch);
    const moved: ShardRecord = {
      epoch: 9 as Epoch,
      since: 9 as Epoch,
      state: 'ACTIVE',
      owner: 1,
      primary: 2,
      previous: NONE,
      operation: null,
    };
    for (let border = SHARDS_PER_CHUNK; border < shards; border += SHARDS_PER_CHUNK) {
      columns.fill(border - 1, border, moved);
      columns.fill(border, border, { ...moved, operation: `op-${border}` });
    }
    const texts = encodeShards(columns, topology);
    assert.equal(texts.length, Math.ceil((shards + 1) / SHARDS_PER_CHUNK));
    assert.deepEqual(recordsOf(decodeShards(texts, keysOf(texts), topology, NEWEST)), recordsOf(columns));
  });
}

test('65,536 shards that all differ stay below the store’s limit of a value, chunk by chunk', () => {
  const topology = largeWorld(65_536);
  const columns = shardsAtHome(topology, 1 as Epoch);
  for (let shard = 0; shard < 65_536; shard += 1) {
    const epoch = (Number.MAX_SAFE_INTEGER - shard) as Epoch;
    const operation = `00000000-0000-4000-8000-${String(shard).padStart(12, '0')}`;
    columns.fill(shard, shard, {
      epoch,
      since: epoch,
      state: 'ACTIVE',
      owner: 1,
      primary: 2,
      previous: NONE,
      operation,
    });
  }
  for (const text of encodeShards(columns, topology)) assert.ok(text.length < 512 * 1024, `${text.length}`);
});

test('a move rewrites only the chunks of the shards that it touches', () => {
  const topology = largeWorld(65_536);
  const columns = shardsAtHome(topology, 1 as Epoch);
  const before = encodeShards(columns, topology);
  columns.fill(5000, 5001, { ...columns.at(0 as ShardId), epoch: 2 as Epoch });
  const after = encodeShards(columns, topology);
  assert.deepEqual(
    after.flatMap((text, index) => (text === before[index] ? [] : [index])),
    [1],
  );
});

const CHUNK = {
  format: 1,
  from: 0,
  units: ['R1'],
  dataCenters: ['e1'],
  operations: [],
  runs: [11, 1, 0, 0, 0, -1, 1, -1],
};
const REFUSED: readonly (readonly [claim: string, change: object, words: RegExp])[] = [
  ['of a future format', { format: 2 }, /format 2, this version reads 1/],
  ['that begins elsewhere', { from: 1 }, /begins at shard 1, expected 0/],
  ['with a unit that nobody knows', { units: ['R9'] }, /unit "R9" is not in the topology/],
  ['with a data center that nobody knows', { dataCenters: ['x'] }, /data center "x" is not in the topology/],
  ['without a list of units', { units: 'R1' }, /no list of unit names/],
  ['without a list of operations', { operations: null }, /no list of operation names/],
  ['with half a run', { runs: [11, 1, 0, 0] }, /not eight numbers each/],
  ['with no runs', { runs: null }, /not eight numbers each/],
  ['that covers too few', { runs: [10, 1, 0, 0, 0, -1, 1, -1] }, /cover 10 shards, the topology has 11/],
  ['that covers too many', { runs: [12, 1, 0, 0, 0, -1, 1, -1] }, /run 0 is not possible/],
  ['with an empty run', { runs: [0, 1, 0, 0, 0, -1, 1, -1] }, /run 0 is not possible/],
  ['with a fraction of a run', { runs: [10.5, 1, 0, 0, 0, -1, 1, -1] }, /run 0 is not possible/],
  ['with a run that is a text', { runs: ['11', 1, 0, 0, 0, -1, 1, -1] }, /run 0 is not possible/],
  ['with an epoch of the future', { runs: [11, 21, 0, 0, 0, -1, 1, -1] }, /run 0 is not possible/],
  ['with an epoch below 1', { runs: [11, 0, 0, 0, 0, -1, 0, -1] }, /run 0 is not possible/],
  [
    'with an ownership that began later than it changed',
    { runs: [11, 1, 0, 0, 0, -1, 2, -1] },
    /run 0 is not possible/,
  ],
  ['in a third state', { runs: [11, 1, 2, 0, 0, -1, 1, -1] }, /run 0 is not possible/],
  ['with an owner that the list does not have', { runs: [11, 1, 0, 1, 0, -1, 1, -1] }, /run 0 is not possible/],
  ['with an operation that the list does not have', { runs: [11, 1, 0, 0, 0, -1, 1, 0] }, /run 0 is not possible/],
  [
    'active without an owner in a realm that has the unit',
    { runs: [11, 1, 0, -1, 0, -1, 1, -1] },
    /run 0 is not possible/,
  ],
  ['active with a previous owner', { runs: [11, 1, 0, 0, 0, 0, 1, -1] }, /run 0 is not possible/],
  ['freezing with an owner', { runs: [11, 1, 1, 0, -1, 0, 1, -1] }, /run 0 is not possible/],
  ['freezing without a previous owner', { runs: [11, 1, 1, -1, -1, -1, 1, -1] }, /run 0 is not possible/],
];

for (const [claim, change, words] of REFUSED) {
  test(`refuses a chunk ${claim}`, () => {
    const text = JSON.stringify({ ...CHUNK, ...change });
    assert.throws(
      () => decodeShards([text], ['chunks/0'], world, NEWEST),
      (error) => error instanceof RecordError && words.test(error.message),
    );
  });
}

test('the chunk of those refusals is right without their changes', () => {
  assert.equal(decodeShards([JSON.stringify(CHUNK)], ['chunks/0'], world, NEWEST).length, 11);
});

test('whatever a chunk holds, it is read or refused with a record error, never anything else', () => {
  const anyField = fc.oneof(fc.jsonValue(), fc.array(fc.integer({ min: -2, max: 12 }), { maxLength: 24 }));
  const anyChunk = fc.record(
    {
      format: fc.constant(1),
      from: fc.constant(0),
      units: anyField,
      dataCenters: anyField,
      operations: anyField,
      runs: anyField,
    },
    { requiredKeys: ['format', 'from'] },
  );
  fc.assert(
    fc.property(anyChunk, (chunk) => {
      try {
        decodeShards([JSON.stringify({ ...CHUNK, ...chunk })], ['chunks/0'], world, NEWEST);
      } catch (error) {
        assert.ok(error instanceof RecordError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
