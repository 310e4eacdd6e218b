import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atEpoch, threeCitiesTable } from '../../../test/support/three-cities.ts';
import { ShardGuard } from '../../core/guard/shard-guard.ts';
import type { MonotonicMs } from '../../core/ids.ts';
import type { Table } from '../../core/table.ts';
import { type GuardNotice, hearNotice, SharedGuard } from './shared-guard.ts';

const RULES = { horizonMs: 3_000, jumpMs: 100 };
const at = (ms: number) => ({ monotonic: ms as MonotonicMs, reference: ms });
const readingOf = (table: Table, hasOwnRecord = true) => ({ head: table, hasOwnRecord });
const guard = (): ShardGuard => new ShardGuard('hz-a', RULES, () => undefined);

interface Bench {
  readonly own: ShardGuard;
  readonly shared: SharedGuard;
  readonly worker: ShardGuard;
  readonly notices: GuardNotice[];
}

/** A parent's guard and a worker's, both on `table`; the worker hears what `hear` passes on. */
function bench(table: Table): Bench {
  const notices: GuardNotice[] = [];
  const own = guard();
  const worker = guard();
  own.applied(table, at(0));
  worker.applied(table, at(0));
  return { own, worker, notices, shared: new SharedGuard(own, (notice) => void notices.push(notice)) };
}

test('a worker’s horizon counts from the sending of the parent’s read, however late the notice comes', () => {
  const table = threeCitiesTable();
  const { shared, worker, notices } = bench(table);
  assert.equal(shared.reading(readingOf(table), at(1_000)), 'renewed');
  for (const notice of notices) hearNotice(worker, JSON.parse(JSON.stringify(notice)) as GuardNotice);
  assert.equal(worker.horizon, 4_000);
  assert.equal(shared.horizon, 4_000);
});

test('a worker that does not run the table that was read is not renewed', () => {
  const table = threeCitiesTable();
  const { own, shared, worker, notices } = bench(table);
  const next = atEpoch(table, 2);
  own.applied(next, at(10));
  assert.equal(shared.reading(readingOf(next), at(20)), 'renewed');
  for (const notice of notices) hearNotice(worker, notice);
  assert.equal(worker.horizon, Number.NEGATIVE_INFINITY);
});

test('a worker that runs a newer table than was read is renewed if its parent fetched that table meanwhile', () => {
  const table = threeCitiesTable();
  const { own, shared, worker, notices } = bench(table);
  const [second, third] = [atEpoch(table, 2), atEpoch(table, 3)];
  assert.equal(shared.reading(readingOf(second), at(20)), 'fetch');
  for (const each of [own, worker]) each.applied(third, at(30));
  assert.equal(notices.length, 0, 'nothing was renewed yet');
  assert.ok(shared.fetched(readingOf(second), at(20)));
  for (const notice of notices) hearNotice(worker, notice);
  assert.equal(worker.horizon, 3_020);
});

test('what closes the parent’s guard closes the workers’', () => {
  const table = threeCitiesTable();
  const { shared, worker, notices } = bench(table);
  shared.reading(readingOf(table), at(0));
  shared.reading(readingOf({ ...table, digest: 'another' }), at(100));
  for (const notice of notices) hearNotice(worker, notice);
  assert.equal(worker.horizon, Number.NEGATIVE_INFINITY);
  assert.match(worker.closedBy ?? '', /two tables claim epoch 1/);
  assert.equal(shared.last?.kind, 'closed', 'a worker that begins now hears it, too');
});

test('a read that is older than what runs renews nobody', () => {
  const table = atEpoch(threeCitiesTable(), 5);
  const { shared, notices } = bench(table);
  assert.equal(shared.reading(readingOf(atEpoch(table, 4)), at(10)), 'older');
  assert.deepEqual(notices, []);
});
