import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { temporaryDirectory } from '../../test/support/ledger-cells.ts';
import { applyBatches, type ShardBatch } from './copied-entries.ts';
import { GateRows } from './gate-rows.ts';
import { takeEntry } from './ledger.ts';
import { openLedgerDatabase } from './ledger-database.ts';
import { markOf } from './ledger-entry.ts';
import { ShardLog } from './shard-log.ts';

function openCopy(t: TestContext, dataCenter: string) {
  const isPrimary = dataCenter === 'hz-a';
  const database = openLedgerDatabase(temporaryDirectory(t), dataCenter, 'process');
  t.after(() => database.close());
  const log = new ShardLog(database, () => isPrimary);
  const gates = new GateRows(database);
  const take = (shard: string, id: string, amount: number, account = 'u') =>
    takeEntry(database, log, gates, { shard, epoch: 3, unit: 'RZ01', cell: 'RZ01A', account, id, amount }, 1);
  const apply = (batch: ShardBatch) =>
    applyBatches({ database, log, gates }, [batch], { kind: 'copy', from: 'hz-a' })[0];
  const batch = (shard: string, after: number, upTo: number): ShardBatch => {
    const mark = markOf(log.entryAt(shard, after));
    const { lineage } = log.state(shard);
    return { shard, unit: 'RZ01', lineage, after, mark, entries: log.entriesAfter(shard, after, upTo, 1_000) };
  };
  return { database, log, gates, take, apply, batch };
}

test('whatever pieces arrive, in whatever order and however often, the copy is a prefix and ends equal', (t) => {
  const source = openCopy(t, 'hz-a');
  const copy = openCopy(t, 'hz-b');
  let run = 0;
  const piece = fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 10 }));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const shard = `run-${run++}`;
      for (let n = 0; n < 30; n += 1) source.take(shard, `e${n}`, n - 10, `u${n % 3}`);
      for (const [after, length] of pieces) {
        const had = copy.log.head(shard)?.offset ?? 0;
        const result = copy.apply(source.batch(shard, after, after + length));
        assert.equal(result?.kind, after > had ? 'gap' : 'applied');
        const has = copy.log.head(shard)?.offset ?? 0;
        assert.equal(has, after > had ? had : Math.max(had, Math.min(30, after + length)));
        assert.deepEqual(copy.log.entriesAfter(shard, 0, has, 100), source.log.entriesAfter(shard, 0, has, 100));
      }
      copy.apply(source.batch(shard, copy.log.head(shard)?.offset ?? 0, 30));
      for (const account of ['u0', 'u1', 'u2'])
        assert.deepEqual(copy.log.account(shard, account), source.log.account(shard, account));
    }),
    { numRuns: 40 },
  );
});

test('a copy takes no entry of its own', (t) => {
  const source = openCopy(t, 'hz-a');
  const copy = openCopy(t, 'hz-b');
  assert.deepEqual(copy.take('07', 'other', 3), { kind: 'notPromoted', role: 'copy' });
  source.take('07', 'a', 1);
  copy.apply(source.batch('07', 0, 1));
  assert.deepEqual(copy.take('07', 'other', 3), { kind: 'notPromoted', role: 'copy' });
  assert.equal(copy.log.head('07')?.offset, 1);
});

test('a copy that holds an entry that the sender has not is diverged and keeps it; a later owner makes it stale', (t) => {
  const source = openCopy(t, 'hz-a');
  const other = openCopy(t, 'hz-a');
  const copy = openCopy(t, 'hz-b');
  source.take('07', 'a', 1);
  other.take('07', 'x', 1);
  copy.apply(other.batch('07', 0, 1));
  const diverged = { kind: 'diverged', position: { lineage: 0, offset: 1 } };
  assert.deepEqual(copy.apply(source.batch('07', 0, 1)), diverged);
  assert.equal(copy.log.head('07')?.role, 'copy');
  assert.deepEqual(copy.apply({ ...source.batch('07', 0, 1), lineage: 5 }), diverged);
  assert.equal(copy.log.head('07')?.role, 'stale');
  assert.equal(copy.log.entryAt('07', 1)?.id, 'x');
});

test('a copy that grew since it was asked does not adopt a later lineage with what it has too much', (t) => {
  const source = openCopy(t, 'hz-a');
  const copy = openCopy(t, 'hz-b');
  source.take('07', 'a', 1);
  source.take('07', 'b', 1);
  copy.apply(source.batch('07', 0, 2));
  const claim = { ...source.batch('07', 1, 1), lineage: 5 };
  assert.deepEqual(copy.apply(claim), { kind: 'gap', position: { lineage: 0, offset: 2 } });
  assert.equal(copy.apply({ ...source.batch('07', 1, 2), lineage: 5 })?.kind, 'applied');
  assert.equal(copy.log.head('07')?.lineage, 5);
});

test('a copy that heard of a later promotion takes nothing from an earlier owner', (t) => {
  const source = openCopy(t, 'hz-a');
  const copy = openCopy(t, 'hz-b');
  source.take('07', 'a', 1);
  const late = source.batch('07', 0, 1);
  assert.equal(copy.apply({ ...late, lineage: 5, entries: [] })?.kind, 'applied');
  assert.deepEqual(copy.apply(late), { kind: 'outdated', position: { lineage: 5, offset: 0 } });
  assert.equal(source.apply({ ...late, lineage: 5, entries: [] })?.kind, 'diverged');
  assert.equal(source.log.head('07')?.role, 'stale');
  assert.deepEqual(source.take('07', 'b', 1), { kind: 'notPromoted', role: 'stale' });
});

test('a batch whose books do not add up, or that repeats an id, is not applied at all', (t) => {
  const source = openCopy(t, 'hz-a');
  const copy = openCopy(t, 'hz-b');
  source.take('07', 'a', 1);
  source.take('07', 'b', 2);
  const good = source.batch('07', 0, 2);
  const [first, second] = good.entries;
  assert.ok(first !== undefined && second !== undefined);
  for (const bad of [
    [first, { ...second, balance: 7 }],
    [first, { ...second, id: 'a' }],
    [first, { ...second, offset: 3 }],
    [second],
  ])
    assert.equal(copy.apply({ ...good, entries: bad })?.kind, 'diverged');
  assert.equal(copy.log.head('07'), null);
  assert.equal(copy.apply(good)?.kind, 'applied');
  assert.equal(copy.log.head('07')?.role, 'copy');
});
