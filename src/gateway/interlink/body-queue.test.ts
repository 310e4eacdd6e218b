import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { promotedBytes } from '../../../test/support/promoted-bytes.ts';
import { NOWHERE } from '../wire/placed-list.ts';
import { BodyQueue, type BodySource } from './body-queue.ts';

class Source implements BodySource {
  listedAt = NOWHERE;

  pull(): boolean {
    return false;
  }
}

test('sources take their turns in the order in which they came, those that left have none', () => {
  const step = fc.tuple(fc.constantFrom('add', 'delete', 'take'), fc.nat(199));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      const sources = Array.from({ length: 200 }, () => new Source());
      const queue = new BodyQueue();
      const model = new Set<BodySource>();
      for (const [what, index] of steps) {
        const source = sources[index] as Source;
        if (what === 'add') {
          queue.add(source);
          model.add(source);
        } else if (what === 'delete') {
          queue.delete(source);
          model.delete(source);
        } else {
          const [first = null] = model;
          assert.equal(queue.take(), first);
          if (first !== null) model.delete(first);
        }
        assert.equal(queue.isEmpty, model.size === 0);
      }
      for (const source of model) assert.equal(queue.take(), source);
      assert.equal(queue.take(), null);
    }),
  );
});

test('who was cleared away may come again', () => {
  const [queue, source] = [new BodyQueue(), new Source()];
  queue.add(new Source());
  queue.add(source);
  queue.clear();
  assert.deepEqual([queue.isEmpty, source.listedAt], [true, NOWHERE]);
  queue.add(source);
  assert.equal(queue.take(), source);
});

test('a body that left is kept by nobody, even after a full collection', () => {
  const queue = new BodyQueue();
  const kept = promotedBytes<Source>({
    make: () => new Source(),
    come: (source) => queue.add(source),
    go: (source) => queue.delete(source),
  });
  assert.ok(kept < 500_000, `${kept} bytes`);
});
