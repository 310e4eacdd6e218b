import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { CoarseTimers } from './coarse-timers.ts';

test('a limit fires once, not before its time and at most some milliseconds after it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 }), async (limits) => {
      const clock = new HandClock();
      const timers = new CoarseTimers(clock);
      const began = clock.monotonicMs();
      const fired = limits.map(() => [] as number[]);
      limits.forEach((limitMs, index) => {
        timers.add(() => fired[index]?.push(clock.monotonicMs() - began)).start(limitMs);
      });
      for (let ms = 0; ms < 300; ms += 1) await clock.advance(1);
      limits.forEach((limitMs, index) => {
        const [at = -1, ...more] = fired[index] ?? [];
        assert.deepEqual(more, []);
        assert.ok(at >= limitMs - 1 && at <= limitMs + 21, `${limitMs} fired at ${at}`);
      });
    }),
    { numRuns: 30 },
  );
});

test('what is begun anew counts from then on; what is stopped or dropped never fires', async () => {
  const clock = new HandClock();
  const timers = new CoarseTimers(clock);
  const fired: string[] = [];
  const again = timers.add(() => fired.push('again'));
  const stopped = timers.add(() => fired.push('stopped'));
  const dropped = timers.add(() => fired.push('dropped'));
  for (const limit of [again, stopped, dropped]) limit.start(50);
  await clock.advance(40);
  again.startAt(clock.monotonicMs(), 50);
  stopped.stop();
  dropped.drop();
  await clock.advance(40);
  assert.deepEqual(fired, []);
  await clock.advance(40);
  assert.deepEqual(fired, ['again']);
});

test('one that fires may begin itself and others anew', async () => {
  const clock = new HandClock();
  const timers = new CoarseTimers(clock);
  const fired: string[] = [];
  const first = timers.add(() => {
    fired.push('first');
    if (fired.length < 3) first.start(30);
    other.start(500);
  });
  // Due in the same look at the clock, and put off by the one before it.
  const other = timers.add(() => fired.push('other'));
  first.start(30);
  other.start(31);
  for (let ms = 0; ms < 200; ms += 10) await clock.advance(10);
  assert.ok(!fired.includes('other'), fired.join());
  assert.equal(fired.filter((name) => name === 'first').length, 3);
});
