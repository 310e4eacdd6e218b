import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { WaitingLine } from './waiting-line.ts';

function setUp(max: number): {
  clock: HandClock;
  line: WaitingLine;
  log: string[];
  join(name: string): (() => void) | null;
} {
  const clock = new HandClock();
  const line = new WaitingLine(clock, max, 100);
  const log: string[] = [];
  return {
    clock,
    line,
    log,
    join(name) {
      const place = line.join({
        admit: (waitedMs) => log.push(`${name} in after ${waitedMs}`),
        turnAway: (why, waitedMs) => log.push(`${name} ${why} after ${waitedMs}`),
      });
      return place === null ? null : () => place.leave();
    },
  };
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

test('the line is bounded in number and in time, and who left is forgotten', async () => {
  const { clock, line, log, join } = setUp(2);
  const leave = join('a');
  join('b');
  assert.equal(join('c'), null);
  leave?.();
  leave?.();
  join('d');
  await clock.advance(100);
  assert.deepEqual(log, ['b late after 100', 'd late after 100']);
  assert.equal(line.length, 0);
});

test('closing turns everybody away', () => {
  const { clock, line, log, join } = setUp(2);
  join('a');
  join('b');
  line.close();
  assert.deepEqual(log, ['a closed after 0', 'b closed after 0']);
  assert.equal(clock.timers, 0);
});
