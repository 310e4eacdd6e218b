import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Clock, Random } from '../../core/clock.ts';
import type { MonotonicMs } from '../../core/ids.ts';
import { createRequestIds, isRequestId, requestIdOf } from './request-id.ts';

const clockAt = (wallMs: number): Clock => ({
  monotonicMs: () => 0 as MonotonicMs,
  wallMs: () => wallMs,
  setTimer: () => ({ cancel: () => undefined }),
});
const constant = (n: number): Random => ({ next: () => n });

test('an ID is a ULID: 48 bits of milliseconds, 80 of chance', () => {
  assert.equal(createRequestIds(clockAt(1_469_918_176_385), constant(0)).next(), '01ARYZ6S410000000000000000');
  assert.equal(createRequestIds(clockAt(2 ** 48 - 1), constant(0xffffffff)).next(), '7ZZZZZZZZZZZZZZZZZZZZZZZZZ');
});

test('IDs sort by time, whatever chance gives', () => {
  const ms = fc.nat({ max: 2 ** 45 });
  const chance = fc.nat({ max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(ms, ms, chance, chance, (a, b, x, y) => {
      const first = createRequestIds(clockAt(Math.min(a, b)), constant(x)).next();
      const second = createRequestIds(clockAt(Math.max(a, b) + 1), constant(y)).next();
      assert.ok(first < second && first.length === 26 && isRequestId(first), `${first} ${second}`);
    }),
  );
});

const CASES: readonly (readonly [text: string, valid: boolean])[] = [
  ['a', true],
  ['01ARYZ6S41-_.:~+/=@', true],
  ['x'.repeat(128), true],
  ['x'.repeat(129), false],
  ['', false],
  ['a b', false],
  ['a"b', false],
  ['a\nb', false],
  ['a,b', false],
  ['é', false],
];

describe('a request ID from outside', () => {
  for (const [text, valid] of CASES)
    test(`${JSON.stringify(text.slice(0, 24))} is ${valid ? '' : 'in'}valid`, () =>
      assert.equal(isRequestId(text), valid));

  const ids = { next: () => 'made' };
  test('is honoured from a trusted peer only', () => {
    assert.equal(requestIdOf(['X-Request-ID', 'theirs'], true, ids), 'theirs');
    assert.equal(requestIdOf(['X-Request-ID', 'theirs'], false, ids), 'made');
  });
  test('is made where there is none, more than one, or a bad one', () => {
    for (const headers of [[], ['X-Request-ID', 'a b'], ['x-request-id', 'a', 'X-Request-Id', 'b']]) {
      assert.equal(requestIdOf(headers, true, ids), 'made');
    }
  });
});
