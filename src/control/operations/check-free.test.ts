import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threeCitiesTable } from '../../../test/support/three-cities.ts';
import type { Epoch } from '../../core/ids.ts';
import { newOperation, type Operation } from '../../core/operation/operation.ts';
import { PLAIN_OPTIONS } from '../../core/operation/plain-options.fixture.ts';
import type { PlanAnswer, PlanCall } from '../api-types.ts';
import { NO_POLICY } from '../records/policy-record.ts';
import { checkFree } from './check-free.ts';
import { drawPlan, type PlanGround, SAFETY_DEFAULTS } from './draw-plan.ts';
import type { AnsweredPlan } from './operation-context.ts';
import { deadlinesOf, OPERATION_DEFAULTS } from './operation-settings.ts';

const FIRST: PlanCall = { kind: 'move', shards: '80-94', to: 'RZ01' };
const SECOND: PlanCall = { kind: 'move', shards: '40-54', to: 'RZ05' };

function groundWith(operations: readonly Operation[]): PlanGround {
  const safety = { ...SAFETY_DEFAULTS, movingShards: 25 };
  return {
    table: threeCitiesTable(),
    policy: NO_POLICY,
    operations,
    reaches: new Map(),
    horizonMs: 3_000,
    safety,
    wallMs: 0,
  };
}

function drawn(call: PlanCall, operations: readonly Operation[]): AnsweredPlan {
  const ground = groundWith(operations);
  return { ...drawPlan(ground, call), ground, answer: { call } as PlanAnswer };
}

function ordered(call: PlanCall): Operation {
  const { plan, ground } = drawn(call, []);
  const { kind, moves, weights } = plan;
  const deadlines = deadlinesOf(OPERATION_DEFAULTS, null, 3_000);
  const { incarnation } = ground.table;
  return newOperation({
    ...{ id: 'op-1', incarnation, kind, moves, weights, author: 'test', reason: '', createdAt: 0 },
    ...{ options: PLAIN_OPTIONS, deadlines },
  });
}

// Found by `ldc sim run --from 700472 --seeds 1`: a plan reads the table, waits for slow gates, and then reads the operations. One that
// froze its shards in between was counted neither by the table (too old) nor among those that begin (frozen already): 60 of
// 101 shards were on the move, where 51 may be.
test('an operation that froze after the table was read counts among the shards on the move', () => {
  const first = ordered(FIRST);
  const refused = { message: /moving-shards: 30 shards with those of operations that begin now \(at most 25/ };
  assert.throws(() => checkFree(drawn(SECOND, [first])), refused);
  const { epoch } = threeCitiesTable();
  const frozen: Operation = { ...first, step: 'drain', freezeEpoch: (epoch + 1) as Epoch };
  assert.throws(() => checkFree(drawn(SECOND, [frozen])), refused);
  checkFree(
    drawn(SECOND, [{ ...frozen, outcome: { kind: 'aborted', detail: '' } as unknown as Operation['outcome'] }]),
  );
});
