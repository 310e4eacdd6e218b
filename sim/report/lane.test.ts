import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lanes, roundStep } from './lane.ts';
import { writes } from './record.fixture.ts';

const duration = fc.integer({ min: 1, max: 10 * 3_600_000 });

test('columns have a length that a person can say, and there are few enough of them to be seen on a phone', () => {
  assert.deepEqual(
    [150, 175, 400, 8_001, 59_000, 61_000, 80_000, 600_001].map(roundStep),
    [200, 200, 500, 10_000, 100_000, 120_000, 120_000, 1_200_000],
  );
  fc.assert(
    fc.property(duration, (spanMs) => {
      const [lane] = lanes(writes([0]), ['some'], spanMs);
      assert.ok(lane !== undefined && lane.served.length <= 60 && lane.served.length * lane.columnMs >= spanMs);
    }),
  );
});

test('every request stands in exactly one column of its group and of its door', () => {
  fc.assert(
    fc.property(duration, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }), (spanMs, shares) => {
      const requests = writes(shares.map((share) => share * spanMs));
      for (const { served, held, failed } of lanes(requests, ['some'], spanMs)) {
        const sum = (row: readonly number[]): number => row.reduce((total, count) => total + count, 0);
        assert.deepEqual([sum(served), sum(held), sum(failed)], [requests.length, 0, 0]);
      }
    }),
  );
});
