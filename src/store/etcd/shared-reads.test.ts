import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedReads } from './shared-reads.ts';

test('equal reads of one turn are one, which begins after the last of them was asked for', async () => {
  const reads = new SharedReads<number>();
  let [begun, asked] = [0, 0];
  const ask = (name: string): Promise<number> => {
    asked += 1;
    return reads.share(name, async () => {
      begun += 1;
      return asked;
    });
  };
  const first = [ask('head'), ask('head')];
  await Promise.resolve();
  const all = await Promise.all([...first, ask('head'), ask('other')]);
  assert.deepEqual(all, [4, 4, 4, 4]);
  assert.equal(begun, 2);
});

test('a read that is asked for after one began gets one of its own, and a failure is told to all who shared it', async () => {
  const reads = new SharedReads<string>();
  let later: Promise<string> | null = null;
  const failing = (): Promise<string> => {
    later = reads.share('head', async () => 'fresh');
    return Promise.reject(new Error('no answer'));
  };
  const [one, two] = await Promise.allSettled([reads.share('head', failing), reads.share('head', failing)]);
  assert.deepEqual([one.status, two.status], ['rejected', 'rejected']);
  assert.equal(await later, 'fresh');
});
