import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer } from './answer.fixture.ts';
import { longestWait, shardPauses } from './shard-pauses.ts';

const freeze = { shards: new Set(['07']), frozenAt: 1_000, grantEpoch: 3 };

test('a pause is from the last success before the freeze to the first under the grant, in whatever order they are told', () => {
  const answers = [
    answer({ doneAt: 1_300, epoch: 3 }),
    answer({ doneAt: 900 }),
    answer({ doneAt: 1_250, epoch: 3 }),
    answer({ doneAt: 980 }),
    answer({ shard: '08', doneAt: 999 }),
  ];
  assert.deepEqual([...shardPauses(answers, freeze)], [['07', 270]]);
});

test('what the old owner still answers during the freeze is no end of the pause, and a failure is neither end nor beginning', () => {
  const answers = [
    answer({ doneAt: 950 }),
    answer({ doneAt: 990, status: 503 }),
    answer({ doneAt: 1_100, epoch: 1 }),
    answer({ doneAt: 1_200, epoch: 3, status: null }),
    answer({ doneAt: 1_400, epoch: 4 }),
  ];
  assert.equal(shardPauses(answers, freeze).get('07'), 450);
});

test('a shard that never came back has an infinite pause', () => {
  assert.equal(shardPauses([answer({ doneAt: 950 })], freeze).get('07'), Number.POSITIVE_INFINITY);
  assert.equal(shardPauses([answer({ doneAt: 1_950, epoch: 3 })], freeze).get('07'), Number.POSITIVE_INFINITY);
});

test('the longest wait counts from when a request was due, of those that were open in the time asked for', () => {
  const answers = [
    answer({ dueAt: 0, sentAt: 300, doneAt: 400 }),
    answer({ dueAt: 500, doneAt: 600 }),
    answer({ dueAt: 2_000, doneAt: 9_000 }),
  ];
  assert.equal(longestWait(answers, 350, 1_000), 400);
  assert.equal(longestWait(answers, 450, 1_000), 100);
});
