import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { promotedBytes } from '../../../test/support/promoted-bytes.ts';
import { NOWHERE, type Placed, PlacedList } from './placed-list.ts';

class Member implements Placed {
  listedAt = NOWHERE;
}

test('members come and go as in a Set, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9)), { maxLength: 200 }), (steps) => {
      const members = Array.from({ length: 10 }, () => new Member());
      const list = new PlacedList<Member>();
      const model = new Set<Member>();
      for (const [comes, index] of steps) {
        const member = members[index] as Member;
        if (comes) {
          list.add(member);
          model.add(member);
        } else assert.equal(list.delete(member), model.delete(member));
        assert.equal(list.size, model.size);
        assert.deepEqual(new Set(list.toArray()), model);
        assert.deepEqual(new Set(list), model);
      }
    }),
  );
});

test('a member of another list is not deleted, whatever its place', () => {
  const [mine, other] = [new PlacedList<Member>(), new PlacedList<Member>()];
  const [first, second] = [new Member(), new Member()];
  mine.add(first);
  other.add(second);
  assert.equal(mine.delete(second), false);
  assert.deepEqual([mine.size, other.size, second.listedAt], [1, 1, 0]);
});

test('who left is kept by nobody, even after a full collection', () => {
  const list = new PlacedList<Member>();
  const kept = promotedBytes<Member>({
    make: () => new Member(),
    come: (member) => list.add(member),
    go: (member) => void list.delete(member),
  });
  assert.ok(kept < 500_000, `${kept} bytes`);
});
