import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReplicationDelay } from './replication-delay.ts';

test('without a delay everything may be sent at once', () => {
  const delay = new ReplicationDelay(0);
  delay.appended('07', 1, 10);
  assert.equal(delay.visible('07', 1, 10), 1);
  assert.equal(delay.nextDueMs(), null);
});

test('an entry is held back for the delay, never more and at most 1/64 less', () => {
  const steps = fc.array(fc.record({ shard: fc.constantFrom('07', '08'), afterMs: fc.nat({ max: 400 }) }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(steps, (appends) => {
      const delay = new ReplicationDelay(640);
      const heads = new Map<string, number>();
      const taken: { shard: string; offset: number; atMs: number }[] = [];
      let now = 1_000;
      const check = (): void => {
        for (const { shard, offset, atMs } of taken) {
          const isVisible = delay.visible(shard, heads.get(shard) ?? 0, now) >= offset;
          if (now >= atMs + 640) assert.ok(isVisible);
          if (now < atMs + 630) assert.ok(!isVisible);
        }
      };
      for (const { shard, afterMs } of appends) {
        now += afterMs;
        const offset = (heads.get(shard) ?? 0) + 1;
        heads.set(shard, offset);
        delay.appended(shard, offset, now);
        taken.push({ shard, offset, atMs: now });
        check();
      }
      now += 640;
      check();
      assert.equal(delay.nextDueMs(), null);
    }),
  );
});

test('a change of the delay lets go what was held back', () => {
  const delay = new ReplicationDelay(5_000);
  delay.appended('07', 1, 10);
  assert.equal(delay.visible('07', 1, 20), 0);
  delay.change(0);
  assert.equal(delay.visible('07', 1, 20), 1);
});
