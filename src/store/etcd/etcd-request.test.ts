import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rangeEnd } from './etcd-request.ts';
import { nextPageKeys } from './etcd-snapshot.ts';

test('law: a key is below the end of a range exactly if it begins with the prefix or sorts before it', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(bytes, bytes, (prefix, key) => {
      fc.pre(prefix.some((byte) => byte !== 0xff));
      const end = rangeEnd(Buffer.from(prefix));
      const isUnder = Buffer.compare(key, prefix) >= 0 && Buffer.compare(key, end) < 0;
      assert.equal(isUnder, Buffer.from(key).subarray(0, prefix.length).equals(prefix));
    }),
    { examples: [[Uint8Array.of(0x61, 0xff), Uint8Array.of(0x62)]] },
  );
});

test('pages grow while they are small, shrink when they are large, and stay within bounds', () => {
  assert.equal(nextPageKeys(16, 100), 32);
  assert.equal(nextPageKeys(100, 100), 120);
  assert.equal(nextPageKeys(16, 1024 * 1024), 16);
  assert.equal(nextPageKeys(16, 8 * 1024 * 1024), 8);
  assert.equal(nextPageKeys(1, 8 * 1024 * 1024), 1);
});
