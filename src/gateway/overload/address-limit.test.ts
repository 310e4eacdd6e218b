import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AddressLimit } from './address-limit.ts';

test('no address ever has more than it may, none is refused below that, and nothing is kept of those that left', () => {
  const step = fc.record({ address: fc.constantFrom('a', 'b', 'c'), isEntering: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step), (most, steps) => {
      const limit = new AddressLimit(most);
      const open: string[] = [];
      for (const { address, isEntering } of steps) {
        const count = open.filter((other) => other === address).length;
        if (isEntering) {
          assert.equal(limit.enter(address), count < most);
          if (count < most) open.push(address);
        } else if (count > 0) {
          limit.leave(address);
          open.splice(open.indexOf(address), 1);
        }
        assert.equal(limit.size, new Set(open).size);
      }
    }),
  );
});
