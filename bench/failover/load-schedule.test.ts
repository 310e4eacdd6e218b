import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHARDS, scheduledRequest } from './load-schedule.ts';

const ROUND = 2 * SHARDS.length;
const many = Array.from({ length: ROUND * 10 }, (_, n) => scheduledRequest(n));

test('half are writes, each with an entry of its own; reads have none', () => {
  const writes = many.filter(({ kind }) => kind === 'write');
  assert.equal(writes.length, many.length / 2);
  assert.equal(new Set(writes.map(({ id }) => id)).size, writes.length);
  assert.ok(many.every(({ kind, id }) => (kind === 'read') === (id === '')));
});

test('a shard is written and read once in each round, its requests evenly spaced', () => {
  for (const shard of SHARDS) {
    const places = many.flatMap((request, n) => (request.shard === shard ? [n] : []));
    assert.equal(places.length, 20);
    const gaps = places.slice(1).map((place, index) => place - (places[index] as number));
    assert.ok(Math.max(...gaps) - Math.min(...gaps) <= 4, `${shard}: ${gaps}`);
  }
});

test('every shard comes to every one of five doors', () => {
  const seen = new Set(many.map(({ shard, turn }) => `${shard} ${turn % 5}`));
  assert.equal(seen.size, SHARDS.length * 5);
});

test('a user belongs to the shard of the last two digits; the global shard is one account', () => {
  for (const { shard, userId, account } of many) {
    if (shard === 'G') assert.equal(account, '');
    else assert.deepEqual([userId.slice(-2), account], [shard, userId]);
  }
});
