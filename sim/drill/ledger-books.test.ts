import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BooksResult } from '../report/drill-record.ts';
import type { DrillUser } from './drill-user.ts';
import { EntryBook } from './entry-book.ts';
import { checkBooks } from './ledger-books.ts';
import type { FiledAccount, FiledEntry } from './ledger-file.ts';

const user: DrillUser = { userId: '700080', shard: '80' };

interface Given {
  readonly told?: readonly (readonly [id: string, amount: number])[];
  readonly untold?: readonly (readonly [id: string, amount: number])[];
  readonly filed: readonly (readonly [id: string, amount: number])[];
  readonly balance?: FiledAccount;
  readonly door?: FiledAccount | null;
}

function check({ told = [], untold = [], filed, balance, door }: Given): BooksResult {
  const book = new EntryBook();
  for (const [id, amount] of told) book.acknowledged({ user, id, amount });
  for (const [id, amount] of untold) book.unknown({ user, id, amount });
  const sum = { balance: filed.reduce((total, [, amount]) => total + amount, 0), entries: filed.length };
  const entries = filed.map(([id, amount]): FiledEntry => ({ account: '700080', id, amount }));
  const strangers: FiledEntry[] = [{ account: '700180', id: 'other', amount: 5 }];
  return checkBooks({
    book,
    ledgerOf: () => ({ entriesOf: () => [...entries, ...strangers], accountOf: () => balance ?? sum }),
    doorBalanceOf: () => (door === undefined ? sum : door),
  });
}

test('books balance when every acknowledged entry is there once; an unknown one may be there or not', () => {
  const result = check({
    told: [['a', 1]],
    untold: [
      ['b', 2],
      ['c', 3],
    ],
    filed: [
      ['a', 1],
      ['b', 2],
    ],
  });
  assert.deepEqual(result, { acknowledged: 1, unknown: 2, accounts: 1, lost: [], wrong: [], unbalanced: [] });
});

test('an acknowledged entry that the owner does not have is lost', () => {
  assert.deepEqual(check({ told: [['a', 1]], filed: [] }).lost, ['700080 a']);
});

test('an entry that stands twice, has another amount, or that nobody wrote is wrong', () => {
  const twice = check({
    told: [['a', 1]],
    filed: [
      ['a', 1],
      ['a', 1],
    ],
  });
  assert.deepEqual(twice.wrong, ['700080 a is there 2 times']);
  assert.deepEqual(check({ told: [['a', 1]], filed: [['a', 2]] }).wrong, ['700080 a: amount 2, written 1']);
  assert.deepEqual(check({ untold: [['b', 1]], filed: [['z', 9]] }).wrong, ['700080 z: nobody wrote it']);
});

test('a balance that is not the sum of the entries is told, on disk and at the door', () => {
  const filed = [['a', 1]] as const;
  const told = filed;
  assert.match(check({ told, filed, balance: { balance: 2, entries: 1 } }).unbalanced.join(), /700080: disk says/);
  assert.match(check({ told, filed, balance: { balance: 1, entries: 2 } }).unbalanced.join(), /disk says/);
  assert.match(check({ told, filed, door: { balance: 0, entries: 0 } }).unbalanced.join(), /door says/);
  assert.match(check({ told, filed, door: null }).unbalanced.join(), /door says null/);
});

test('an owner without any ledger has lost everything', () => {
  const book = new EntryBook();
  book.acknowledged({ user, id: 'a', amount: 1 });
  const doorBalanceOf = (): FiledAccount => ({ balance: 0, entries: 0 });
  assert.deepEqual(checkBooks({ book, ledgerOf: () => null, doorBalanceOf }).lost, ['700080 a']);
});
