import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type HoldBounds, HoldRoom, type HoldTicket } from './hold-room.ts';

type Ticket = HoldTicket<number>;
const ROOM: HoldBounds = { maxRequests: 12, maxBytes: 1000 };
const ROUTES: Record<string, HoldBounds> = {
  wide: { maxRequests: 100, maxBytes: 100_000 },
  narrow: { maxRequests: 4, maxBytes: 300 },
};
const anyStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('enter' as const),
      shard: fc.nat(4),
      route: fc.constantFrom('wide', 'narrow'),
      bytes: fc.integer({ min: 1, max: 400 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      most: fc.nat(5),
      free: fc.array(fc.nat(4), { maxLength: 3 }),
    }),
  },
);

test('bounds hold, every request gets exactly one fate, and each shard keeps its order', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 80 }), (steps) => {
      const room = new HoldRoom<number>(ROOM);
      const held = new Map<number, Ticket>();
      const fates = new Map<number, string>();
      const decide = (id: number, fate: string): void => {
        assert.ok(!fates.has(id), `${id}: ${fates.get(id)}, then ${fate}`);
        fates.set(id, fate);
        held.delete(id);
      };
      const lastTaken = new Map<number, number>();
      steps.forEach((step, id) => {
        if (step.kind === 'enter') {
          const bounds = ROUTES[step.route] as HoldBounds;
          const before = [...held.keys()];
          const entry = room.enter({ ...step, epoch: 1, bounds, fate: id }, id);
          if (entry.kind === 'full') {
            decide(id, 'full');
            assert.deepEqual([...held.keys()], before);
          } else {
            held.set(id, entry.ticket);
            for (const { ticket } of entry.evicted) decide(ticket.fate, 'evicted');
          }
        } else if (step.kind === 'leave') {
          const ticket = [...held.values()][step.which];
          if (ticket !== undefined) assert.equal(room.leave(ticket), true);
          if (ticket !== undefined) decide(ticket.fate, 'left');
        } else {
          const taken = room.take(step.most, (shard) => step.free.includes(shard));
          assert.ok(taken.length <= step.most);
          for (const ticket of taken) {
            assert.ok(step.free.includes(ticket.shard));
            assert.ok(ticket.fate > (lastTaken.get(ticket.shard) ?? -1), 'an older one was overtaken');
            lastTaken.set(ticket.shard, ticket.fate);
            decide(ticket.fate, 'taken');
          }
          if (taken.length < step.most) for (const { shard } of held.values()) assert.ok(!step.free.includes(shard));
        }
        const all = [...held.values()];
        const sum = (tickets: Ticket[]): number => tickets.reduce((bytes, ticket) => bytes + ticket.bytes, 0);
        assert.deepEqual([room.size, room.bytes], [all.length, sum(all)]);
        assert.ok(room.size <= ROOM.maxRequests && room.bytes <= ROOM.maxBytes);
        const narrow = all.filter(({ route }) => route === 'narrow');
        assert.ok(narrow.length <= 4 && sum(narrow) <= 300);
        assert.equal(room.oldestAt(), all.length === 0 ? null : Math.min(...all.map(({ heldAt }) => heldAt)));
      });
    }),
    { numRuns: 2000 },
  );
});

const order = (shard: number, fate: number, route = 'wide') => ({
  shard,
  epoch: 2,
  bytes: 10,
  route,
  bounds: ROUTES[route] as HoldBounds,
  fate,
});

test('one busy shard gives way to others until all have the same, its newest first; then newcomers are refused', () => {
  const room = new HoldRoom<number>(ROOM);
  for (let fate = 0; fate < 12; fate += 1) assert.equal(room.enter(order(0, fate), fate).kind, 'held');
  assert.deepEqual(room.enter(order(0, 12), 12), {
    kind: 'full',
    bound: '12 requests (maxRequests of hold of this gateway)',
  });
  const evicted: number[] = [];
  for (let fate = 20; fate < 40; fate += 1) {
    const entry = room.enter(order(1 + (fate % 2), fate), fate);
    if (entry.kind === 'held') evicted.push(...entry.evicted.map(({ ticket }) => ticket.fate));
  }
  assert.deepEqual(evicted, [11, 10, 9, 8, 7, 6, 5, 4]);
  assert.deepEqual([room.heldOf(0), room.heldOf(1), room.heldOf(2)], [4, 4, 4]);
});

test('a request that is over a bound all by itself takes nobody’s place', () => {
  const room = new HoldRoom<number>(ROOM);
  room.enter(order(0, 1), 1);
  assert.equal(room.enter({ ...order(1, 2), bytes: 2000 }, 2).kind, 'full');
  assert.equal(room.size, 1);
});

test('release takes one of each free shard in turn, and waits for the epoch that the request was refused with', () => {
  const room = new HoldRoom<number>(ROOM);
  [0, 0, 0, 1, 1, 2].forEach((shard, fate) => void room.enter(order(shard, fate), fate));
  assert.deepEqual(
    room.take(4, (shard, epoch) => shard !== 2 && epoch <= 2).map(({ fate }) => fate),
    [0, 3, 1, 4],
  );
  assert.deepEqual(
    room.take(4, (_shard, epoch) => epoch <= 1),
    [],
  );
});
