import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GuardModel, type LeftOut } from '../../../test/support/guard-model.ts';

test('whatever is delayed, stopped, suspended or restarted: one owner, and no write acknowledged behind the position', () => {
  let moves = 0;
  let acknowledged = 0;
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const model = new GuardModel(seed, 'nothing').run();
      moves += model.moves;
      acknowledged += model.acknowledged;
      assert.deepEqual(model.breaches, []);
    }),
    { numRuns: 150 },
  );
  assert.ok(moves > 300 && acknowledged > 10_000, `a model in which nothing happens proves nothing: ${moves} moves`);
});

/** The traces of docs/ownership-protocol.md: each rule is needed, and the model above would see it gone. */
const MUTANTS: readonly LeftOut[] = [
  'count from the sending',
  'own record',
  'boot in the name',
  'equal version',
  'ack horizon',
  'in-flight and drained',
  'jump at each admission',
];
const MOST_RUNS = 1_000;

for (const leftOut of MUTANTS) {
  test(`without the rule "${leftOut}" the model finds a breach`, () => {
    for (let seed = 1; seed <= MOST_RUNS; seed += 1) {
      if (new GuardModel(seed, leftOut).run().breaches.length > 0) return;
    }
    assert.fail(`no breach in ${MOST_RUNS} runs`);
  });
}
