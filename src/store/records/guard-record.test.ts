import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BootId, DataCenterId, Epoch, Incarnation, NodeId } from '../../core/ids.ts';
import { decodeGuard, encodeGuard, type GuardRecord, guardKey } from './guard-record.ts';
import { RecordError } from './record-error.ts';

const RECORD: GuardRecord = {
  format: 1,
  node: 'gateway-1' as NodeId,
  boot: 'boot-1' as BootId,
  dataCenter: 'hz-a' as DataCenterId,
  version: '0.1.0',
  formats: [1],
  address: 'a:3',
  applied: { incarnation: 'i' as Incarnation, epoch: 3 as Epoch },
  drained: [{ operation: 'op-1', epoch: 3 as Epoch }],
  horizonMs: 3000,
  beat: 7,
};
const KEY = guardKey(RECORD.node, RECORD.boot);

test('a guard’s record comes back as it was', () => {
  assert.equal(KEY, 'guards/gateway-1/boot-1');
  assert.deepEqual(decodeGuard(KEY, encodeGuard(RECORD)), RECORD);
});

test('a guard’s record of a version that does not say its horizon is read all the same', () => {
  const { horizonMs: _, ...older } = RECORD;
  assert.deepEqual(decodeGuard(KEY, JSON.stringify(older)), older);
});

const REFUSED: readonly (readonly [claim: string, change: object, words: RegExp])[] = [
  ['of a future format', { format: 2 }, /format 2, this version reads 1/],
  ['without an address', { address: undefined }, /address is undefined, must be a text/],
  ['without drains', { drained: undefined }, /drained is undefined, must be a list/],
  ['whose drain has no epoch', { drained: [{ operation: 'op-1' }] }, /must be a list of operation and epoch/],
  ['whose beat is no whole number', { beat: 1.5 }, /beat is 1.5/],
  ['whose horizon is no time', { horizonMs: 0 }, /horizonMs is 0, must be a whole number/],
  ['of another boot than its key says', { boot: 'boot-2' }, /lies under another name/],
];
for (const [claim, change, words] of REFUSED) {
  test(`refuses a guard’s record ${claim}`, () => {
    assert.throws(
      () => decodeGuard(KEY, JSON.stringify({ ...RECORD, ...change })),
      (error) => error instanceof RecordError && words.test(error.message),
    );
  });
}
