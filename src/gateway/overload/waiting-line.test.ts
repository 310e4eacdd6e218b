import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { WaitingLine } from './waiting-line.ts';

interface Bench {
  readonly clock: HandClock;
  readonly line: WaitingLine;
  readonly log: string[];
  /** Returns how to leave. */
  join(name: string, priority?: number): () => void;
}

function setUp(maxRequests: number, busyWaitMs = 100): Bench {
  const clock = new HandClock();
  const line = new WaitingLine(clock, { maxRequests, waitMs: 100, busyWaitMs });
  const log: string[] = [];
  const join = (name: string, priority = 5): (() => void) => {
    const waiter = {
      admit: (waitedMs: number) => void log.push(`${name} in after ${waitedMs}`),
      turnAway: (why: string, waitedMs: number) => void log.push(`${name} ${why} after ${waitedMs}`),
    };
    const place = line.join(waiter, priority);
    return () => place.leave();
  };
  return { clock, line, log, join };
}

test('who waits longest is let in first', async () => {
  const { clock, line, log, join } = setUp(3);
  join('a');
  await clock.advance(10);
  join('b');
  assert.equal(line.admitNext(), true);
  assert.equal(line.admitNext(), true);
  assert.equal(line.admitNext(), false);
  assert.deepEqual(log, ['a in after 10', 'b in after 0']);
  assert.equal(clock.timers, 0);
});

test('the more important goes first, and in a full line the last of the least important gives way', () => {
  const { line, log, join } = setUp(3);
  join('plain');
  join('low', 9);
  join('lower and later', 9);
  join('high', 0);
  join('plain again');
  join('plain, too late');
  assert.deepEqual(log, ['lower and later outranked after 0', 'low outranked after 0', 'plain, too late full after 0']);
  log.length = 0;
  while (line.admitNext());
  assert.deepEqual(log, ['high in after 0', 'plain in after 0', 'plain again in after 0']);
});

test('the line is bounded in number and in time, and who left is forgotten', async () => {
  const { clock, line, log, join } = setUp(2);
  const leave = join('a');
  join('b');
  join('c');
  leave();
  leave();
  join('d');
  await clock.advance(102);
  assert.deepEqual(log, ['c full after 0', 'b late after 100', 'd late after 100']);
  assert.equal(line.length, 0);
  assert.equal(clock.timers, 0);
});

test('in a line that has stood for as long as anybody may wait, the wait is the shorter one, until it is empty', async () => {
  const { clock, line, log, join } = setUp(10, 20);
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
    join(name);
    await clock.advance(18);
    join(`${name}+`);
    if (name < 'e') line.admitNext();
  }
  // Since 108 ms ago somebody waits.
  assert.equal(line.patienceMs, 20);
  assert.ok(log.filter((entry) => entry.includes('late')).length > 0);
  await clock.advance(25);
  assert.equal(line.length, 0);
  assert.equal(line.patienceMs, 100);
  log.length = 0;
  join('z');
  await clock.advance(99);
  assert.deepEqual(log, []);
  line.close();
});

test('nobody is let in whose time is over, however late the timer is', async () => {
  const clock = new HandClock();
  const log: string[] = [];
  const still = {
    ...clock,
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => 0,
    setTimer: () => ({ cancel() {} }),
  };
  const line = new WaitingLine(still, { maxRequests: 2, waitMs: 100, busyWaitMs: 100 });
  line.join({ admit: () => void log.push('in'), turnAway: (why) => void log.push(why) }, 5);
  await clock.advance(100);
  assert.equal(line.admitNext(), false);
  assert.deepEqual(log, ['late']);
});

test('who leaves last takes the timer along', () => {
  const { clock, join } = setUp(2);
  const leave = join('a');
  assert.equal(clock.timers, 1);
  leave();
  assert.equal(clock.timers, 0);
});

test('closing turns everybody away', () => {
  const { clock, line, log, join } = setUp(2);
  join('a');
  join('b');
  line.close();
  assert.deepEqual(log, ['a closed after 0', 'b closed after 0']);
  assert.equal(clock.timers, 0);
});
