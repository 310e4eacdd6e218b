import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Violation } from '../world/world.ts';
import type { SeedOptions, SeedResult } from './seed-run.ts';
import { shrink } from './shrink.ts';

const PLANNED = Array.from({ length: 40 }, (_, index) => `fault#${index + 1}`);

/** A world in which a statement breaks if all of `guilty` happen. */
function world(guilty: readonly string[], other: readonly string[] = []) {
  const violated = (checker: string): Violation => ({ checker, sentence: '', detail: '', shard: -1, atMs: 1 });
  const run = async ({ without = new Set() }: SeedOptions): Promise<SeedResult> => {
    const planned = PLANNED.filter((id) => !without.has(id));
    const has = (ids: readonly string[]): boolean => ids.every((id) => planned.includes(id));
    const violation = has(guilty)
      ? violated('one-owner')
      : other.length > 0 && has(other)
        ? violated('one-answer')
        : null;
    return { seed: 1, planned, violation } as unknown as SeedResult;
  };
  return { run, options: { seed: 1 } as SeedOptions };
}

async function shrunk(guilty: readonly string[], other: readonly string[] = [], mostRuns = 500) {
  const { run, options } = world(guilty, other);
  return shrink(options, await run(options), { run, mostRuns });
}

test('what is left is what the violation needs, and nothing else', async () => {
  for (const guilty of [['fault#7'], ['fault#1', 'fault#40'], ['fault#3', 'fault#17', 'fault#18']]) {
    const { kept, result, runs } = await shrunk(guilty);
    assert.deepEqual(kept, guilty);
    assert.equal(result.violation?.checker, 'one-owner');
    assert.ok(runs < 200, `${runs} runs`);
  }
});

test('a violation that needs no fault at all is found with none', async () => {
  assert.deepEqual((await shrunk([])).kept, []);
});

test('another statement that breaks meanwhile is not taken for the same', async () => {
  assert.deepEqual((await shrunk(['fault#2', 'fault#30'], ['fault#30'])).kept, ['fault#2', 'fault#30']);
});

test('the runs are bounded; then the best so far is given', async () => {
  const { kept, runs } = await shrunk(['fault#3', 'fault#17', 'fault#18'], [], 6);
  assert.equal(runs, 6);
  assert.ok(kept.length < PLANNED.length && kept.includes('fault#17'));
});
