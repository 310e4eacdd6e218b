import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryDirectory } from '../../test/support/ledger-cells.ts';
import { GateRows } from './gate-rows.ts';
import { takeEntry } from './ledger.ts';
import { openLedgerDatabase } from './ledger-database.ts';
import { ShardLog } from './shard-log.ts';

const write = (shard: string, account: string, id: string, amount: number) => ({
  shard,
  epoch: 3,
  unit: 'RZ01',
  cell: 'RZ01A',
  account,
  id,
  amount,
});

const operation = fc.record({
  account: fc.constantFrom('100007', '200007', '300007'),
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'é', '𝒳', ' '),
  amount: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.maxSafeInteger()),
});

test('any sequence of writes and repeats gives what a Map gives', (t) => {
  const database = openLedgerDatabase(temporaryDirectory(t), 'hz-a', 'process');
  t.after(() => database.close());
  const log = new ShardLog(database);
  let run = 0;
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const shard = `run-${run++}`;
      const entries = new Map<string, { amount: number; balance: number; offset: number }>();
      const balances = new Map<string, number>();
      for (const { account, id, amount } of operations) {
        const key = `${account} ${id}`;
        const first = entries.get(key);
        const balance = (balances.get(account) ?? 0) + amount;
        const result = takeEntry(database, log, new GateRows(database), write(shard, account, id, amount), 1);
        if (first !== undefined) {
          assert.equal(result.kind, first.amount === amount ? 'repeated' : 'amountDiffers');
          assert.ok(
            'entry' in result && result.entry.balance === first.balance && result.entry.offset === first.offset,
          );
        } else if (!Number.isSafeInteger(balance)) assert.equal(result.kind, 'outOfRange');
        else {
          assert.equal(result.kind, 'taken');
          entries.set(key, { amount, balance, offset: entries.size + 1 });
          balances.set(account, balance);
        }
      }
      const all = log.entriesAfter(shard, 0, Number.MAX_SAFE_INTEGER, 1_000);
      assert.deepEqual(
        all.map((entry) => entry.offset),
        [...entries.values()].map((entry) => entry.offset),
      );
      for (const [account, balance] of balances) {
        assert.equal(log.account(shard, account).balance, balance);
        const own = all.filter((entry) => entry.account === account);
        assert.equal(log.account(shard, account).entries, own.length);
        assert.equal(Number(own.reduce((sum, entry) => sum + BigInt(entry.amount), 0n)), balance);
      }
      assert.equal(log.head(shard)?.offset ?? 0, entries.size);
    }),
    { numRuns: 60 },
  );
});

test('a balance beyond the safe integers is refused and changes nothing', (t) => {
  const database = openLedgerDatabase(temporaryDirectory(t), 'hz-a', 'process');
  t.after(() => database.close());
  const log = new ShardLog(database);
  assert.equal(
    takeEntry(database, log, new GateRows(database), write('07', 'u', 'a', Number.MAX_SAFE_INTEGER), 1).kind,
    'taken',
  );
  assert.equal(takeEntry(database, log, new GateRows(database), write('07', 'u', 'b', 1), 1).kind, 'outOfRange');
  assert.deepEqual(log.account('07', 'u'), { balance: Number.MAX_SAFE_INTEGER, entries: 1 });
  assert.equal(log.entryById('07', 'u', 'b'), null);
  assert.equal(takeEntry(database, log, new GateRows(database), write('07', 'u', 'b', -1), 1).kind, 'taken');
});

test('the ledger is there again after it was closed, and only for its own data center', (t) => {
  const directory = temporaryDirectory(t);
  const first = openLedgerDatabase(directory, 'hz-a', 'machine');
  takeEntry(first, new ShardLog(first), new GateRows(first), write('07', 'u', 'a', 5), 1);
  first.close();
  assert.throws(() => openLedgerDatabase(directory, 'hz-b', 'process'), /belongs to data center hz-a, not to hz-b/);
  const second = openLedgerDatabase(directory, 'hz-a', 'process');
  t.after(() => second.close());
  assert.deepEqual(new ShardLog(second).account('07', 'u'), { balance: 5, entries: 1 });
});

test('a directory of format 1 is taken over: its shards stay what they were', (t) => {
  const directory = temporaryDirectory(t);
  const old = new DatabaseSync(join(directory, 'ledger.sqlite'));
  old.exec(`
    CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
    INSERT INTO about VALUES ('format', '1'), ('dataCenter', 'hz-a');
    CREATE TABLE shards (
      shard TEXT PRIMARY KEY, lineage INTEGER NOT NULL, "offset" INTEGER NOT NULL, unit TEXT NOT NULL, role TEXT NOT NULL
    ) WITHOUT ROWID, STRICT;
    INSERT INTO shards VALUES ('07', 0, 0, 'RZ01', 'primary'), ('45', 0, 0, 'RZ03', 'copy');`);
  old.close();
  for (const _ of ['first', 'second']) {
    const database = openLedgerDatabase(directory, 'hz-a', 'process');
    const log = new ShardLog(database, () => false);
    assert.deepEqual(
      log.heads().map(({ shard, role, leader }) => [shard, role, leader]),
      [
        ['07', 'primary', ''],
        ['45', 'copy', ''],
      ],
    );
    database.close();
  }
});

test('a second process on the same directory is refused', (t) => {
  const directory = temporaryDirectory(t);
  const first = openLedgerDatabase(directory, 'hz-a', 'process');
  t.after(() => first.close());
  assert.throws(
    () => openLedgerDatabase(directory, 'hz-a', 'process', 20),
    /locked \(another process of this data center/,
  );
});
