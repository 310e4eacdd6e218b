import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threeCitiesTable } from '../../test/support/three-cities.ts';
import type { Epoch, ShardId, UnitId } from '../core/ids.ts';
import { OwnerHints } from './owner-hints.ts';
import type { Refusal } from './upstream.ts';

const [SHARD, OTHER] = [7, 8] as ShardId[] as [ShardId, ShardId];
const refusal = (epoch: number, owner: string | null): Refusal => ({
  code: 'STALE_EPOCH',
  epoch: epoch as Epoch,
  owner: owner as UnitId | null,
});

test('a hint is the newest owner that a guard named, for its shard alone', () => {
  const [hints, table] = [new OwnerHints(), threeCitiesTable()];
  assert.equal(hints.of(table, SHARD), null);
  assert.equal(hints.learn(table, SHARD, refusal(3, 'RZ02')), true);
  assert.equal(hints.learn(table, SHARD, refusal(5, 'RZ03')), true);
  assert.equal(hints.learn(table, SHARD, refusal(5, 'RZ03')), false, 'the same again leads to the same guard');
  assert.equal(hints.learn(table, SHARD, refusal(4, 'RZ02')), false);
  assert.deepEqual(hints.of(table, SHARD), { epoch: 5, owner: 'RZ03' });
  assert.equal(hints.of(table, OTHER), null);
});

test('a refusal that names nobody, or nothing newer than the table, is none', () => {
  const [hints, table] = [new OwnerHints(), threeCitiesTable()];
  assert.equal(hints.learn(table, SHARD, refusal(9, null)), false);
  assert.equal(hints.learn(table, SHARD, refusal(1, 'RZ02')), false, 'the epoch that the table has');
  assert.equal(hints.of(table, SHARD), null);
});

test('a newer table makes every hint old', () => {
  const [hints, table] = [new OwnerHints(), threeCitiesTable()];
  hints.learn(table, SHARD, refusal(3, 'RZ02'));
  assert.equal(hints.of({ ...table, epoch: 3 as Epoch }, SHARD), null);
  assert.equal(hints.of(table, SHARD), null, 'an older one does not bring it back');
});
