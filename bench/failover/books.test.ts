import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer } from './answer.fixture.ts';
import { checkBooks } from './books.ts';
import { type CopiedEntry, entryKey, type LedgerCopy } from './ledger-copy.ts';
import { lostOutsideRange } from './lost-range.ts';

const ACCOUNT = '07/700007';

function copy(entries: Readonly<Record<string, Partial<CopiedEntry>>>, account?: { balance: number; entries: number }) {
  const all = Object.entries(entries).map(([id, over], index): [string, CopiedEntry] => {
    const entry = { offset: index + 1, lineage: 0, amount: 5, balance: 5 * (index + 1), ...over };
    return [entryKey('07', '700007', id), entry];
  });
  const sum = { balance: all.reduce((total, [, { amount }]) => total + amount, 0), entries: all.length };
  return { dataCenter: 'hz-a', entries: new Map(all), accounts: new Map([[ACCOUNT, account ?? sum]]) };
}

const told = (id: string, balance: number) => answer({ id, text: JSON.stringify({ id, balance }) });
const books = (writes: Parameters<typeof checkBooks>[0], ledger: LedgerCopy) => checkBooks(writes, () => ledger);

test('books are right when every acknowledged entry stands there as it was told; one without an answer may stand there or not', () => {
  const unknown = [answer({ id: 'c', status: 504, text: '' }), answer({ id: 'd', status: null, text: 'reset' })];
  const report = books([told('a', 5), told('b', 10), ...unknown], copy({ a: {}, b: {}, c: {} }));
  assert.deepEqual(report, { acknowledged: 2, lost: [], wrong: [], unbalanced: [] });
});

test('an acknowledged entry that is not there is lost', () => {
  const report = books([told('a', 5), told('b', 10)], copy({ a: {} }));
  assert.deepEqual(
    report.lost.map(({ id }) => id),
    ['b'],
  );
});

test('an entry with another amount or balance than was told, or that nobody sent, is wrong', () => {
  const report = books([told('a', 5), told('b', 99)], copy({ a: { amount: 6 }, b: {}, z: {} }));
  assert.equal(report.wrong.length, 3);
  assert.match(report.wrong[2] ?? '', /z: nobody sent it/);
});

test('an account that is not the sum of its entries is unbalanced: an entry was taken twice', () => {
  const report = books([told('a', 5)], copy({ a: {} }, { balance: 10, entries: 2 }));
  assert.deepEqual(report.unbalanced, [`${ACCOUNT}: 2 entries of 10, its log has 1 of 5`]);
});

test('a lost write is inside of the recorded range if its shard is named and its place in the lost log is after the kept ones', () => {
  const before = copy({ a: { offset: 1 }, b: { offset: 2 } });
  const range = { shards: '05-08', count: 4, place: { unit: 'RZ01', dataCenter: 'hz-a' }, lineage: 0, afterOffset: 1 };
  const outside = (id: string, ranges = [range]) => lostOutsideRange([answer({ id })], ranges, () => before).length;
  assert.equal(outside('b'), 0);
  assert.equal(outside('a'), 1, 'the chosen copy was said to have it');
  assert.equal(outside('x'), 1, 'the lost copy never had it');
  assert.equal(outside('b', [{ ...range, shards: '08-09,G' }]), 1, 'another shard');
});
