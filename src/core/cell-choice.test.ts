import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import { type CellHealth, cellHashOfUser, cellSalt, chooseCell } from './cell-choice.ts';

const cells = (weights: Record<string, number>) =>
  Object.entries(weights).map(([id, weight], index) => ({ id, index, weight, salt: cellSalt(id) }));
const allWell: CellHealth = { isAvailable: () => true };
const idOf = (weights: Record<string, number>, user: string, health = allWell): string | undefined => {
  const list = cells(weights);
  return list[chooseCell(list, cellHashOfUser(user), health)]?.id;
};

test('the users of one shard split by weight', () => {
  for (const [weight, users] of [
    [50, 20_000],
    [90, 20_000],
    [1, 50_000],
  ] as const) {
    let first = 0;
    for (let user = 0; user < users; user += 1) {
      if (idOf({ RZ01A: weight, RZ01B: 100 - weight }, `${user}07`) === 'RZ01A') first += 1;
    }
    const expected = (users * weight) / 100;
    const deviation = Math.sqrt((users * weight * (100 - weight)) / 10_000);
    assert.ok(Math.abs(first - expected) < 5 * deviation, `${weight} %: ${first} of ${users}`);
  }
});

test('a change moves users only towards the cell that gained', () => {
  const weight = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(weight, weight, weight, fc.string(), (a, b, gain, user) => {
      const before = idOf({ A: a, B: b, C: 10 }, user);
      const after = idOf({ A: a, B: b, C: 10 + gain }, user);
      assert.ok(after === before || after === 'C');
    }),
  );
});

test('a cell that goes takes nobody else along', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(2), (user, lost) => {
      const weights = { A: 30, B: 30, C: 40 };
      const before = idOf(weights, user);
      const after = idOf(weights, user, { isAvailable: (cell) => cell !== lost });
      const lostId = Object.keys(weights)[lost];
      if (before !== lostId) assert.equal(after, before);
      else assert.notEqual(after, lostId);
    }),
  );
});

test('weight 0 is never chosen, and no cell at all is −1', () => {
  for (let user = 0; user < 2000; user += 1) assert.equal(idOf({ A: 0, B: 1 }, String(user)), 'B');
  assert.equal(chooseCell(cells({ A: 0, B: 0 }), 1, allWell), -1);
  assert.equal(chooseCell([], 1, allWell), -1);
});

test('the golden vectors hold', () => {
  const file = new URL('../../rules/vectors/cells.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
    vectors: { weights: Record<string, number>; userId: string; cell: string }[];
  };
  assert.ok(vectors.length >= 30);
  for (const { weights, userId, cell } of vectors) assert.equal(idOf(weights, userId), cell, userId);
});
