import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventQueue, SimEvent } from './event-queue.ts';

const eventAt = (at: number, order: number): SimEvent => new SimEvent(at, order, null, () => undefined);

function drained(queue: EventQueue): SimEvent[] {
  const events: SimEvent[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) events.push(next);
  return events;
}

const inOrder = (events: readonly SimEvent[]): SimEvent[] =>
  [...events].sort((left, right) => left.at - right.at || left.order - right.order);

test('events come out in order of time, those of one instant in the order in which they were put in', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 300 }), (times) => {
      const queue = new EventQueue();
      const events = times.map((at, order) => eventAt(at / 4, order));
      for (const event of events) queue.push(event);
      assert.equal(queue.size, events.length);
      assert.deepEqual(drained(queue), inOrder(events));
    }),
  );
});

test('the order holds while events are put in and taken out in turns, beyond the first room', () => {
  const queue = new EventQueue();
  const taken: SimEvent[] = [];
  let now = 0;
  for (let order = 0; order < 5_000; order += 1) {
    queue.push(eventAt(now + ((order * 7_919) % 1_000), order));
    if (order % 4 !== 3) continue;
    const next = queue.pop() as SimEvent;
    assert.ok(next.at >= now, 'time went back');
    now = next.at;
    taken.push(next);
  }
  const rest = drained(queue);
  assert.deepEqual(rest, inOrder(rest));
  assert.equal(taken.length + rest.length, 5_000);
});

test('what lies far ahead comes in order too, and what is called off meanwhile needs no turn', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ at: fc.nat(5_000), isOff: fc.boolean() }), { maxLength: 100 }), (plans) => {
      const queue = new EventQueue();
      const events = plans.map(({ at }, order) => eventAt(at, order));
      for (const event of events) queue.push(event);
      for (const [order, event] of events.entries()) if (plans[order]?.isOff === true) event.run = null;
      const live = inOrder(events).filter(({ run }) => run !== null);
      assert.deepEqual(
        drained(queue).filter(({ run }) => run !== null),
        live,
      );
      assert.equal(queue.size, 0);
    }),
  );
});

test('what never comes keeps nobody', () => {
  const queue = new EventQueue();
  queue.push(eventAt(Number.POSITIVE_INFINITY, 0));
  assert.equal(queue.pop(), undefined);
});

test('an empty queue has nothing to give', () => {
  const queue = new EventQueue();
  assert.equal(queue.pop(), undefined);
  assert.equal(queue.peek(), undefined);
});
