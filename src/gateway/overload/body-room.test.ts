import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { BodyRoom } from './body-room.ts';

function setUp() {
  const clock = new HandClock();
  const log: string[] = [];
  const room = new BodyRoom<string>(clock, {
    enter: (name) => void log.push(`${name} in`),
    late: (name) => void log.push(`${name} late`),
  });
  return { clock, room, log };
}

test('half of the places are for requests whose bodies are to come, one at least', () => {
  const { room } = setUp();
  assert.equal(room.isFull(1), false);
  room.begin();
  assert.deepEqual(
    [1, 2, 3, 4].map((places) => room.isFull(places)),
    [true, true, true, false],
  );
  room.end();
  assert.equal(room.isFull(1), false);
});

test('who came first is let in first, and who left or was taken out is not', async () => {
  const { clock, room, log } = setUp();
  const leave = room.hold('a', 100);
  for (const name of ['b', 'c', 'd']) room.hold(name, 100);
  leave.leave();
  assert.equal(room.take('b'), true);
  assert.equal(room.take('b'), false);
  room.letIn();
  await clock.advance(100);
  room.letIn();
  assert.deepEqual(log, ['c in', 'd late']);
  assert.deepEqual([room.waiting, clock.timers], [0, 0]);
});

test('clearing it gives back everybody, and no timer is left', () => {
  const { clock, room, log } = setUp();
  room.hold('a', 100);
  room.hold('b', 100);
  assert.deepEqual(room.clear(), ['a', 'b']);
  assert.deepEqual([room.waiting, clock.timers, log.length], [0, 0, 0]);
});
