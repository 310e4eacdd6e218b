import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { released, TWO_UNITS } from '../../../test/support/two-unit-world.ts';
import { type GuardReading, ShardGuard } from '../../core/guard/shard-guard.ts';
import type { Table } from '../../core/table.ts';
import { GuardRenewal, instantOf } from './guard-renewal.ts';

const NEWER = released(TWO_UNITS);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A renewal whose source answers by hand. */
function bench(table = TWO_UNITS) {
  const clock = new HandClock();
  const guard = new ShardGuard('e1', { horizonMs: 3_000, jumpMs: 100 }, () => undefined);
  const events: string[] = [];
  const confirmed: number[] = [];
  const asked: PromiseWithResolvers<GuardReading>[] = [];
  const world = { clock, guard, events, confirmed, asked, writes: 0, next: table };
  guard.applied(table, instantOf(clock));
  const renewal = new GuardRenewal({
    source: {
      read: () => {
        const answer = Promise.withResolvers<GuardReading>();
        asked.push(answer);
        return answer.promise;
      },
    },
    guard,
    clock,
    readMs: 750,
    tableConfirmed: (sentAt) => void confirmed.push(sentAt),
    refreshTables: () => Promise.resolve(guard.applied(world.next, instantOf(clock))),
    writeRecord: () => {
      world.writes += 1;
      return Promise.resolve();
    },
    onEvent: ({ kind, isFirst }) => void events.push(isFirst ? kind : `(${kind})`),
  });
  const answer = async (head: Table, hasOwnRecord = true): Promise<void> => {
    asked.at(-1)?.resolve({ head, hasOwnRecord });
    await turn();
  };
  return { ...world, world, renewal, answer };
}

async function started(table = TWO_UNITS) {
  const all = bench(table);
  void all.renewal.start();
  await turn();
  assert.deepEqual([all.world.writes, all.asked.length], [1, 1], 'the record is written before the first read');
  return all;
}

test('a horizon counts from the sending of its read, and the next read is sent readMs after that', async () => {
  const { clock, guard, asked, answer } = await started();
  const sent = clock.monotonicMs();
  await clock.advance(500);
  await answer(TWO_UNITS);
  assert.equal(guard.horizon, sent + 3_000);
  await clock.advance(249);
  assert.equal(asked.length, 1);
  await clock.advance(1);
  assert.equal(asked.length, 2);
});

test('only a read that showed the table in force confirms it, as of its sending', async () => {
  const { clock, world, confirmed, answer } = await started();
  const sent = clock.monotonicMs();
  await clock.advance(100);
  await answer(TWO_UNITS);
  assert.deepEqual(confirmed, [sent]);
  world.next = NEWER;
  await clock.advance(650);
  await answer(NEWER);
  assert.deepEqual(confirmed, [sent], 'the feed itself read the newer one');
});

test('a newer table is put in force first, and counts from the sending of the read that showed it', async () => {
  const { clock, guard, world, events, answer } = await started();
  const sent = clock.monotonicMs();
  world.next = NEWER;
  await clock.advance(300);
  await answer(NEWER);
  assert.deepEqual([guard.table, guard.horizon, events], [NEWER, sent + 3_000, ['renewed']]);
});

test('a newer table that cannot be put in force renews nothing', async () => {
  const { guard, events, answer } = await started();
  await answer(NEWER);
  assert.deepEqual([guard.horizon, events], [Number.NEGATIVE_INFINITY, ['fetch']]);
});

test('an older table is looked at twice, because a newer one may have come meanwhile; then the guard closes', async () => {
  const { clock, guard, asked, events, answer } = await started(NEWER);
  await answer(TWO_UNITS);
  assert.equal(asked.length, 2);
  await answer(NEWER);
  assert.equal(guard.closedBy, null);
  await clock.advance(750);
  await answer(TWO_UNITS);
  await answer(TWO_UNITS);
  assert.deepEqual(events, ['renewed', 'closed']);
  assert.match(guard.closedBy ?? '', /older than here/);
});

test('a missing record is written, and read back before the guard opens', async () => {
  const { guard, world, events, answer, asked } = await started();
  await answer(TWO_UNITS, false);
  assert.deepEqual([world.writes, asked.length, guard.closedBy === null], [2, 2, false]);
  await answer(TWO_UNITS);
  assert.deepEqual([guard.closedBy, events], [null, ['not recorded', 'renewed']]);
});

test('a source that does not answer leaves no hope; who waits for news shares the read that is under way', async () => {
  const { clock, renewal, asked, events, answer } = await started();
  assert.equal(renewal.isHopeful, true, 'nobody knows yet');
  const waiting = renewal.news();
  assert.equal(asked.length, 1);
  asked[0]?.reject(new Error('down'));
  await waiting;
  assert.equal(renewal.isHopeful, false);
  await clock.advance(750);
  asked[1]?.reject(new Error('down'));
  await turn();
  await clock.advance(750);
  await answer(TWO_UNITS);
  assert.deepEqual([renewal.isHopeful, events], [true, ['no news', '(no news)', 'renewed']]);
  await renewal.close();
  assert.equal(clock.timers, 0);
});
