import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { percentile, spreadOf } from './statistics.ts';

test('the median is the middle value, or the mean of the middle two', () => {
  assert.deepEqual(spreadOf([5]), { median: 5, min: 5, max: 5, rounds: 1 });
  assert.deepEqual(spreadOf([9, 1, 10]), { median: 9, min: 1, max: 10, rounds: 3 });
  assert.deepEqual(spreadOf([10, 2, 9, 1]), { median: 5.5, min: 1, max: 10, rounds: 4 });
});

test('values are compared as numbers and left as they were', () => {
  const values = [100, 20, 3];
  assert.equal(spreadOf(values).median, 20);
  assert.deepEqual(values, [100, 20, 3]);
});

test('at most half of the values are below the median, and at most half above', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
      const { median, min, max, rounds } = spreadOf(values);
      assert.ok(values.filter((value) => value < median).length * 2 <= rounds);
      assert.ok(values.filter((value) => value > median).length * 2 <= rounds);
      assert.ok(values.includes(min) && values.includes(max) && min <= median && median <= max);
    }),
  );
});

test('a percentile is the least value that so many are not above', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  assert.deepEqual(
    [0, 1, 50, 99, 99.5, 100].map((share) => percentile(hundred, share)),
    [1, 1, 50, 99, 100, 100],
  );
  assert.equal(percentile([7], 99), 7);
  assert.equal(percentile([1, 2, 3], 50), 2);
});

test('no values have neither a median nor a percentile', () => {
  assert.throws(() => spreadOf([]), /no values/);
  assert.throws(() => percentile([], 50), /no value at 50 % of 0 values/);
});
