import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf } from '../../../test/support/exchange-bench.ts';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { holdBench } from '../../../test/support/hold-bench.ts';
import { route } from '../../../test/support/three-cities.ts';
import { aborted, frozen, granted, released, TWO_UNITS } from '../../../test/support/two-unit-world.ts';
import type { Epoch, ShardId } from '../../core/ids.ts';
import type { Table } from '../../core/table.ts';
import type { HoldSettings } from './hold-settings.ts';

const SHARD = 0 as ShardId;
const FROZEN = frozen(TWO_UNITS);

function bench(settings: Partial<HoldSettings> = {}, table: Table = FROZEN) {
  const clock = new HandClock();
  const state = { table };
  const { holding, ends } = holdBench(clock, () => state.table, settings);
  const fates: string[] = [];
  const hold = (name: string, { shard = SHARD, epoch = 2, leftMs = 10_000, plan = planOf() } = {}) =>
    holding.hold(plan, shard, epoch as Epoch, leftMs, {
      released: () => void fates.push(name),
      refused: (code, detail) => void fates.push(`${name} ${code}: ${detail}`),
    });
  const apply = (newer: Table): void => {
    state.table = newer;
    holding.tableChanged();
  };
  return { clock, holding, ends, fates, hold, apply };
}

test('held requests go when their shard is released, not at its grant, in a ramp and in their order', async () => {
  const { clock, holding, ends, fates, hold, apply } = bench({ rampRequests: 2, rampMs: 5 });
  const names = Array.from({ length: 9 }, (_, index) => `r${index}`);
  for (const name of names) hold(name);
  apply(granted(FROZEN, 'R2', 'op-1'));
  assert.deepEqual(fates, []);
  apply(released(granted(FROZEN, 'R2', 'op-1')));
  assert.equal(fates.length, 2);
  await clock.advance(5);
  assert.equal(fates.length, 6);
  await clock.advance(5);
  assert.deepEqual([fates, holding.size, clock.timers, ends.released], [names, 0, 0, 9]);
});

test('an abort releases too; a request that was refused with a newer epoch waits for that one', () => {
  const { fates, hold, apply } = bench();
  hold('old');
  hold('newer', { epoch: 4 });
  apply(aborted(FROZEN));
  assert.deepEqual(fates, ['old']);
  apply(aborted(frozen(aborted(FROZEN))));
  assert.deepEqual(fates, ['old', 'newer']);
});

test('what freezes again while it is being released stays, behind nobody', async () => {
  const { clock, fates, hold, apply } = bench({ rampRequests: 1, rampMs: 5 });
  for (const name of ['a', 'b', 'c']) hold(name);
  const free = aborted(FROZEN);
  apply(free);
  apply(frozen(free));
  await clock.advance(50);
  assert.deepEqual(fates, ['a']);
  apply(aborted(frozen(free)));
  await clock.advance(50);
  assert.deepEqual(fates, ['a', 'b', 'c']);
});

test('each is held for its time at most, and one that leaves is forgotten at once', async () => {
  const { clock, holding, ends, fates, hold, apply } = bench();
  hold('short', { leftMs: 100 });
  const place = hold('gone');
  hold('long');
  assert.equal(holding.isQueued(SHARD), true);
  place.leave();
  place.leave();
  await clock.advance(100);
  assert.deepEqual(fates, ['short SHARD_MOVING: held for 10000 ms (hold.maxMs of route users)']);
  assert.deepEqual([holding.size, holding.longestMs, ends], [1, 100, { held: 3, left: 1, expired: 1 }]);
  apply(aborted(FROZEN));
  assert.deepEqual([fates.at(-1), holding.size, holding.longestMs, clock.timers], ['long', 0, 0, 0]);
});

test('over a bound the newcomer is refused, or another shard’s newest: each is told once, with the setting', () => {
  const { ends, fates, hold } = bench({ maxRequests: 3 });
  for (const name of ['a', 'b', 'c', 'd']) hold(name);
  hold('e', { shard: 1 as ShardId });
  const bound = '3 requests (maxRequests of hold of this gateway)';
  assert.deepEqual(fates, [`d HOLD_FULL: held already: ${bound}`, `c HOLD_FULL: gave way to another shard: ${bound}`]);
  assert.deepEqual(ends, { held: 4, refused: 1, evicted: 1 });
  const narrow = planOf({ route: route({ hold: { maxRequests: 1, maxBytes: 600, maxMs: 50 } }) });
  hold('f', { shard: 2 as ShardId, plan: narrow });
  assert.match(fates.at(-1) ?? '', /^f HOLD_FULL: .*of route users/);
});
