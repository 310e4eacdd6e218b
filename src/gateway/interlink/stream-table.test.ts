import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { promotedBytes } from '../../../test/support/promoted-bytes.ts';
import { StreamTable } from './stream-table.ts';

interface Stream {
  readonly id: number;
}

/** Numbers that meet in few slots, as those of streams that were left open for long do. */
const anId = fc.oneof(
  fc.nat(40),
  fc.nat(5).map((n) => n * 64 + 63),
  fc.nat(2 ** 31 - 1),
);

test('finds what a Map would find, whatever came and went before', () => {
  const step = fc.tuple(fc.boolean(), anId);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const table = new StreamTable<Stream>();
      const model = new Map<number, Stream>();
      for (const [opens, id] of steps) {
        if (opens && !model.has(id)) {
          const stream = { id };
          table.add(stream);
          model.set(id, stream);
        } else assert.equal(table.delete(id), model.delete(id));
        assert.equal(table.size, model.size);
      }
      for (const [, id] of steps) assert.equal(table.get(id), model.get(id));
      assert.deepEqual(new Set(table.toArray()), new Set(model.values()));
    }),
  );
});

test('holds thousands at once, and none after clear', () => {
  const table = new StreamTable<Stream>();
  const streams = Array.from({ length: 5_000 }, (_, n) => ({ id: n * 3 + 1 }));
  for (const stream of streams) table.add(stream);
  assert.ok(streams.every((stream) => table.get(stream.id) === stream));
  assert.equal(table.get(2), undefined);
  assert.equal(table.toArray().length, 5_000);
  table.clear();
  assert.deepEqual([table.size, table.get(1), table.toArray()], [0, undefined, []]);
});

test('a stream that is over is kept by nobody, even after a full collection', () => {
  // The bug's story: in a Map, each small collection after the first full one copied every stream that had come and gone since.
  const table = new StreamTable<Stream>();
  let last = 0;
  const make = (): Stream => {
    last += 1;
    return { id: last };
  };
  const come = (stream: Stream): void => table.add(stream);
  const kept = promotedBytes<Stream>({ make, come, go: ({ id }) => void table.delete(id) });
  assert.ok(kept < 500_000, `${kept} bytes`);
});
