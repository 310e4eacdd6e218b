import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotDeterministic } from './not-deterministic.ts';
import { runTwice } from './run-twice.ts';
import type { SeedOptions, SeedResult } from './seed-run.ts';

const OPTIONS = { seed: 12 } as SeedOptions;

function giving(...hashes: string[]) {
  let runs = 0;
  return async () => ({ seed: 12, hash: hashes[runs++ % hashes.length], turns: runs }) as SeedResult;
}

test('a seed that gives the same hash twice has one result', async () => {
  assert.equal((await runTwice(OPTIONS, giving('aa', 'aa'))).hash, 'aa');
});

test('a seed that gives two hashes is an error that names it', async () => {
  await assert.rejects(runTwice(OPTIONS, giving('aa', 'bb')), (error) => {
    assert.ok(error instanceof NotDeterministic);
    assert.match(error.message, /^seed 12 gives the hashes aa and bb, 1 events and 2: something looks at the machine/);
    return true;
  });
});
