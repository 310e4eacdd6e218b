import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BENCHMARKS } from './benchmarks.ts';
import { largeDocument } from './large-ruleset.ts';
import { userIds } from './user-ids.ts';

// Nothing is said of their times: a test on a busy machine knows nothing of those.
for (const benchmark of BENCHMARKS) {
  test(`the benchmark ${benchmark.name} runs and gives figures`, { timeout: 170_000 }, async () => {
    const figures = await benchmark.run('tiny', () => undefined);
    assert.ok(figures.length > 0);
    assert.equal(new Set(figures.map(({ name }) => name)).size, figures.length);
    for (const { name, measured } of figures) {
      assert.ok(Number.isFinite(measured.median) && measured.min >= 0 && measured.rounds > 0, name);
    }
  });
}

test('the large ruleset gives every shard one home, in ranges or scattered', () => {
  for (const [shards, isScattered] of [
    [100, false],
    [1_024, false],
    [65_536, false],
    [1_024, true],
  ] as const) {
    const { units, shardRule } = largeDocument(shards, isScattered);
    const homes = units.flatMap(({ home }) => home.flatMap(([from, to]) => [...range(from, to)]));
    assert.deepEqual(new Set(homes).size, shards);
    assert.equal(homes.length, shards);
    assert.equal(shardRule.name, shards === 100 ? 'digits/1' : 'hash/1');
  }
});

test('user IDs are the same in every run, nearly all different, and of the asked characters', () => {
  const digits = userIds(1_000, 16, 'digits');
  assert.deepEqual(digits, userIds(1_000, 16, 'digits'));
  assert.equal(new Set(digits).size, 1_000);
  assert.ok(digits.every((id) => /^\d{16}$/.test(id)));
  assert.ok(userIds(100, 36, 'letters').every((id) => /^[a-z0-9]{36}$/.test(id)));
});

function* range(from: number, to: number): Generator<number> {
  for (let shard = from; shard <= to; shard += 1) yield shard;
}
