import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import type { ShardId } from './ids.ts';
import { parseShardName, shardName, shardRanges } from './shard-name.ts';
import { NO_SHARD, shardCount, shardOf } from './shard-rule.ts';
import type { ShardRule } from './topology-document.ts';

const lastTwo: ShardRule = { name: 'digits/1', digits: 2, fromEnd: 0 };
const secondAndThird: ShardRule = { name: 'digits/1', digits: 2, fromEnd: 1 };
const anyRule = fc.oneof(
  fc.record({
    name: fc.constant('digits/1' as const),
    digits: fc.constantFrom<1 | 2 | 3 | 4>(1, 2, 3, 4),
    fromEnd: fc.nat(60),
  }),
  fc.record({ name: fc.constant('hash/1' as const), shards: fc.integer({ min: 2, max: 65_536 }) }),
);

test('the last two digits are the default', () => {
  assert.equal(shardOf(lastTwo, '12345666'), 66);
  assert.equal(shardOf(lastTwo, '2088000000000007'), 7);
});

test("Ant's other convention reads the second and third digit from the end", () => {
  assert.equal(shardOf(secondAndThird, '12345678'), 67);
});

test('an ID beyond 2^53 keeps its last digits', () => {
  // AppActive's user ID becomes a double: 9007199254740993 turns into …992 and reaches the wrong unit.
  assert.equal(shardOf(lastTwo, '9007199254740993'), 93);
  assert.equal(shardOf(lastTwo, `${'1'.repeat(62)}42`), 42);
});

test('an ID that is too short, too long or has no digits there belongs to no shard', () => {
  for (const id of ['', '7', 'ab', 'a7', '7a', '１２', '1'.repeat(65), '12\n', ' 1', '+1', '-1', '1.']) {
    assert.equal(shardOf(lastTwo, id), NO_SHARD, JSON.stringify(id));
  }
  assert.equal(shardOf(secondAndThird, '12x'), 12, 'what stands outside the window does not matter');
});

test('every shard is below the count, and digits mean their decimal value', () => {
  fc.assert(
    fc.property(
      anyRule,
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 64, maxLength: 64 }),
      (rule, id) => {
        const shard = shardOf(rule, id);
        assert.ok(shard >= 0 && shard < shardCount(rule));
        if (rule.name !== 'digits/1') return;
        const end = id.length - rule.fromEnd;
        assert.equal(shard, Number(id.slice(end - rule.digits, end)));
      },
    ),
  );
});

test('the hash spreads consecutive IDs evenly over 1,024 shards', () => {
  const rule: ShardRule = { name: 'hash/1', shards: 1024 };
  const counts = new Uint32Array(1024);
  for (let id = 0; id < 102_400; id += 1) {
    const shard = shardOf(rule, `user-${id}`);
    counts[shard] = (counts[shard] as number) + 1;
  }
  // 100 a shard are expected; six standard deviations are 60.
  for (const count of counts) assert.ok(count > 40 && count < 160, `a shard has ${count}`);
});

test('a shard has one name and a name one shard', () => {
  fc.assert(
    fc.property(anyRule, fc.nat(), (rule, seed) => {
      const shard = (seed % (shardCount(rule) + 1)) as ShardId;
      assert.equal(parseShardName(rule, shardName(rule, shard)), shard);
    }),
  );
  assert.equal(shardName(lastTwo, 7 as ShardId), '07');
  for (const name of ['7', '007', '100', '-1', 'g', '', '0x', ' 7'])
    assert.equal(parseShardName(lastTwo, name), NO_SHARD, name);
});

test('ranges read as people write them, G apart', () => {
  const shards = [0, 1, 2, 5, 98, 99, 100] as ShardId[];
  assert.equal(shardRanges(lastTwo, shards), '00-02,05,98-99,G');
  assert.equal(shardRanges(lastTwo, [99, 100] as ShardId[]), '99,G');
  assert.equal(shardRanges(lastTwo, []), '');
});

test('the golden vectors hold', () => {
  const file = new URL('../../rules/vectors/shards.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
    vectors: { rule: ShardRule; userId: string; shard: number }[];
  };
  assert.ok(vectors.length >= 40);
  for (const { rule, userId, shard } of vectors)
    assert.equal(shardOf(rule, userId), shard, `${JSON.stringify(rule)} ${userId}`);
});
