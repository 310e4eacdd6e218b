import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationView } from '../../src/control/api-types.ts';
import { answer } from './answer.fixture.ts';
import { recoveries } from './emergencies.ts';
import { freezeOf } from './operation-times.ts';
import { shardNames } from './shard-names.ts';

test('ranges of shards as the control API writes them become single names', () => {
  assert.deepEqual(shardNames('08-11,40,G'), ['08', '09', '10', '11', '40', 'G']);
});

test('the freeze begins where the drain does, on the clock of the answers; an operation without one froze nothing', () => {
  const steps = [
    { step: 'check', startedAt: 10_000, endedAt: 10_020, detail: '' },
    { step: 'drain', startedAt: 10_020, endedAt: 10_050, detail: '' },
  ];
  const operation = { steps, grantEpoch: 3, moves: [{ shards: '07,G' }] } as unknown as OperationView;
  assert.deepEqual(freezeOf(operation, 10_000), { shards: new Set(['07', 'G']), frozenAt: 20, grantEpoch: 3 });
  assert.equal(freezeOf({ ...operation, grantEpoch: null }, 10_000), null);
});

test('a shard has recovered with its first accepted write under the grant; a read or an older epoch does not count', () => {
  const answers = [
    answer({ doneAt: 1_100, epoch: 1 }),
    answer({ doneAt: 1_200, epoch: 3, kind: 'read' }),
    answer({ doneAt: 1_300, epoch: 3, status: 503 }),
    answer({ doneAt: 1_500, epoch: 3 }),
    answer({ doneAt: 1_400, epoch: 3 }),
  ];
  const found = recoveries(answers, new Set(['07', '08']), 3, 1_000);
  assert.deepEqual(
    [...found],
    [
      ['07', 400],
      ['08', Number.POSITIVE_INFINITY],
    ],
  );
});
