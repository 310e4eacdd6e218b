import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { BoundedLine } from './bounded-line.ts';

test('a line serves in order, takes no more than fit, and turns away who waited too long', async () => {
  const clock = new HandClock();
  const gone: string[] = [];
  const line = new BoundedLine<string>({ clock, most: 2, waitMs: 100, turnedAway: (item) => void gone.push(item) });
  line.join('a');
  await clock.advance(60);
  line.join('b');
  line.join('c');
  assert.deepEqual(gone, ['c']);
  await clock.advance(60);
  assert.deepEqual(gone, ['c', 'a']);
  assert.equal(line.take(), 'b');
  assert.equal(line.take(), undefined);
  await clock.advance(100);
  assert.deepEqual(gone, ['c', 'a']);
  line.join('d');
  line.close();
  assert.deepEqual(gone, ['c', 'a', 'd']);
});
