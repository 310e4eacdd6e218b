import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedRead } from './shared-read.ts';

/** Reads that end by hand. */
function bench() {
  const begun: PromiseWithResolvers<void>[] = [];
  const reads = new SharedRead(() => {
    const read = Promise.withResolvers<void>();
    begun.push(read);
    return read.promise;
  });
  return { begun, reads };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('calls while a read is under way share one read, which begins after them', async () => {
  const { begun, reads } = bench();
  const ended: string[] = [];
  void reads.begin().then(() => ended.push('first'));
  void reads.begin().then(() => ended.push('second'));
  void reads.begin().then(() => ended.push('third'));
  assert.equal(begun.length, 1);
  begun[0]?.resolve();
  await turn();
  assert.deepEqual([begun.length, ended], [2, ['first']]);
  begun[1]?.resolve();
  await turn();
  assert.deepEqual([begun.length, ended], [2, ['first', 'second', 'third']]);
});

test('a call when none is under way begins one at once, and whoever only looks begins none', async () => {
  const { begun, reads } = bench();
  assert.equal(reads.underWay, null);
  const first = reads.begin();
  assert.equal(reads.underWay, first);
  begun[0]?.resolve();
  await first;
  assert.equal(reads.underWay, null);
  void reads.begin();
  assert.equal(begun.length, 2);
});
