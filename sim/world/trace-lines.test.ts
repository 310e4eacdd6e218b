import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TraceLine } from './trace.ts';
import { TraceLines } from './trace-lines.ts';

const FIELDS = {
  at: fc.double({ min: 0, max: 1e6, noNaN: true }),
  shard: fc.integer({ min: -1, max: 100 }),
  who: fc.constantFrom('client', 'store', 'gateway-hz-a-1'),
  text: fc.string({ unit: 'binary', maxLength: 200 }),
};
const LINE: fc.Arbitrary<TraceLine> = fc.record(FIELDS, { noNullPrototype: true });

test('the last lines stay as they were, whatever they say', () => {
  fc.assert(
    fc.property(fc.array(LINE, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (lines, kept) => {
      const trace = new TraceLines(kept);
      for (const { at, shard, who, text } of lines) trace.add(at, shard, who, text);
      const found = trace.all();
      // Long ones may push out more lines than one each.
      assert.deepEqual(found, found.length === 0 ? [] : lines.slice(-found.length));
      const isUsual = lines.every(({ text }) => text.length <= 128);
      if (isUsual) assert.equal(found.length, Math.min(kept, lines.length));
    }),
  );
});

test('a text that is longer than all the room is left out, and those after it are whole', () => {
  const trace = new TraceLines(2);
  trace.add(1, 7, 'client', 'x'.repeat(1_000));
  assert.deepEqual(trace.all(), []);
  trace.add(2, 7, 'client', 'short');
  assert.deepEqual(
    trace.all().map(({ text }) => text),
    ['short'],
  );
});
