import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { promotedBytes } from '../../../test/support/promoted-bytes.ts';
import { NOWHERE, type Placed } from './placed-list.ts';
import { PlacedQueue } from './placed-queue.ts';

class Member implements Placed {
  listedAt = NOWHERE;
}

test('members take their turns in the order in which they came, those that left have none', () => {
  const step = fc.tuple(fc.constantFrom('add', 'delete', 'take'), fc.nat(199));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      const members = Array.from({ length: 200 }, () => new Member());
      const queue = new PlacedQueue<Member>();
      const model = new Set<Member>();
      for (const [what, index] of steps) {
        const member = members[index] as Member;
        if (what === 'add') {
          queue.add(member);
          model.add(member);
        } else if (what === 'delete') {
          queue.delete(member);
          model.delete(member);
        } else {
          const [first = null] = model;
          assert.equal(queue.take(), first);
          if (first !== null) model.delete(first);
        }
        assert.equal(queue.size, model.size);
        assert.deepEqual(queue.toArray(), [...model]);
      }
      for (const member of model) assert.equal(queue.take(), member);
      assert.equal(queue.take(), null);
    }),
  );
});

test('who was cleared away may come again', () => {
  const [queue, member] = [new PlacedQueue<Member>(), new Member()];
  queue.add(new Member());
  queue.add(member);
  queue.clear();
  assert.deepEqual([queue.isEmpty, member.listedAt], [true, NOWHERE]);
  queue.add(member);
  assert.equal(queue.take(), member);
});

test('who left is kept by nobody, even after a full collection', () => {
  const queue = new PlacedQueue<Member>();
  const kept = promotedBytes<Member>({
    make: () => new Member(),
    come: (member) => queue.add(member),
    go: (member) => queue.delete(member),
  });
  assert.ok(kept < 500_000, `${kept} bytes`);
});
