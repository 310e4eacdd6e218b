import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Epoch, MonotonicMs } from '../ids.ts';
import type { Operation, Place } from './operation.ts';
import { DEFAULT_DEADLINES, deadlineProblems, freezeWindowMs } from './operation-deadlines.ts';
import type { OperationEffect, StepWrite } from './operation-effect.ts';
import type { OperationEvent } from './operation-event.ts';
import { type MachineResult, resume, step } from './operation-machine.ts';
import { firstWorld, type Scenario } from './operation-model.fixture.ts';
import type { Instant } from './progress.ts';
import { wakeAt } from './wake-at.ts';

const SCENARIO: Scenario = {
  name: '',
  kind: 'move',
  options: {},
  isSynchronous: false,
  faults: 0,
  writes: 0,
  canAbort: false,
};
const SOURCE: Place = { unit: 'A', dataCenter: 'a' };
const TARGET: Place = { unit: 'B', dataCenter: 'b' };
const FREEZE = 2 as Epoch;
const GRANT = 3 as Epoch;

const at = (monotonic: number): Instant => ({ monotonic: monotonic as MonotonicMs, wall: 0 });
const typesOf = ({ effects }: MachineResult): string[] => effects.map(({ type }) => type);

function operationOf(over: Partial<Scenario> = {}): Operation {
  return { ...firstWorld({ ...SCENARIO, ...over }).record, deadlines: DEFAULT_DEADLINES };
}

/** One operation in the hands of a test: it says what happens and when. */
class Hand {
  result: MachineResult;

  constructor(operation: Operation, ms = 0) {
    this.result = resume(operation, at(ms));
  }

  send(event: OperationEvent, ms: number): string[] {
    this.result = step(this.result.running, event, at(ms));
    return typesOf(this.result);
  }

  /** The store wrote what the last effect asks for. */
  written(ms: number, over: Partial<Operation> = {}): string[] {
    return this.send({ type: 'StepWritten', operation: { ...this.write().next, ...over } }, ms);
  }

  write(): StepWrite {
    const found = this.result.effects.find((effect: OperationEffect) => 'expectedSequence' in effect);
    assert.ok(found !== undefined && 'expectedSequence' in found);
    return found;
  }

  wakeAt(ms: number): number | null {
    return wakeAt(this.result.running, ms);
  }
}

function frozen(over: Partial<Scenario> = {}, options: Partial<Operation['options']> = {}): Hand {
  const operation = operationOf(over);
  const hand = new Hand({ ...operation, options: { ...operation.options, ...options } });
  if (!hand.result.running.operation.isEmergency) hand.send({ type: 'TargetsChecked', problems: [] }, 0);
  hand.written(1000, { freezeEpoch: FREEZE, lineages: [{ shards: [0, 0], lineages: [1 as Epoch] }] });
  return hand;
}

test('a planned move: each transaction before its effects, position only after the drain, promote only after the grant', () => {
  const hand = new Hand(operationOf());
  assert.deepEqual(typesOf(hand.result), ['CheckTargets']);
  assert.deepEqual(hand.send({ type: 'TargetsChecked', problems: [] }, 0), ['WriteFreeze']);
  assert.deepEqual(hand.written(5, { freezeEpoch: FREEZE }), ['AwaitDrain']);
  assert.deepEqual(hand.send({ type: 'GuardsDrained', epoch: FREEZE }, 6), ['FenceSource']);
  assert.deepEqual(hand.send({ type: 'SourceFenced', place: SOURCE, epoch: FREEZE }, 7), ['WriteStep']);
  assert.deepEqual(hand.written(8), ['ReadPositions']);
  const positions = [{ shard: 0, lineage: 1 as Epoch, offset: 7 }];
  const read = { type: 'PositionsRead', place: SOURCE, epoch: FREEZE, positions, isSynchronous: false } as const;
  assert.deepEqual(hand.send(read, 9), ['AwaitCaughtUp']);
  const [asked] = hand.result.effects;
  assert.deepEqual(asked?.type === 'AwaitCaughtUp' && asked.positions, positions);
  assert.deepEqual(hand.send({ type: 'TargetCaughtUp', place: TARGET, epoch: FREEZE }, 10), ['WriteGrant']);
  assert.deepEqual(hand.written(11, { grantEpoch: GRANT }), ['PromoteTarget']);
  assert.deepEqual(hand.send({ type: 'TargetPromoted', place: TARGET, epoch: GRANT }, 12), ['WriteRelease']);
  assert.deepEqual(hand.written(13), ['FollowSource']);
  assert.deepEqual(hand.send({ type: 'SourceFollowed', place: SOURCE, epoch: GRANT }, 14), ['WriteEnd']);
  assert.deepEqual(hand.written(15), []);
  assert.equal(hand.result.running.operation.outcome?.kind, 'done');
});

test('W begins at the response of the freeze, and anew in a controller that takes over', () => {
  const { windowMs } = DEFAULT_DEADLINES;
  const hand = frozen({ kind: 'emergency' });
  assert.deepEqual(hand.send({ type: 'Tick' }, 1000 + windowMs - 1), []);
  assert.equal(hand.wakeAt(1000), 1000 + windowMs);
  const successor = new Hand(hand.result.running.operation, 50_000);
  assert.deepEqual(successor.send({ type: 'Tick' }, 50_000 + windowMs - 1), []);
  assert.deepEqual(successor.send({ type: 'Tick' }, 50_000 + windowMs), ['WriteStep']);
});

test('after a freeze whose answer was lost, W begins at the response of the read that shows it', () => {
  const hand = new Hand(operationOf({ kind: 'emergency' }));
  const { next } = hand.write();
  assert.deepEqual(hand.send({ type: 'WriteUnknown' }, 100), ['ReadOperation']);
  hand.send({ type: 'OperationRead', operation: { ...next, freezeEpoch: FREEZE } }, 900);
  assert.deepEqual(hand.send({ type: 'Tick' }, 100 + DEFAULT_DEADLINES.windowMs), []);
  assert.deepEqual(hand.send({ type: 'Tick' }, 900 + DEFAULT_DEADLINES.windowMs), ['WriteStep']);
});

test('guards of a unit that serves without the store have to acknowledge: W proves nothing', () => {
  const hand = frozen({ kind: 'emergency' }, { needsAcknowledgements: true });
  assert.deepEqual(hand.send({ type: 'Tick' }, 900_000), []);
  assert.deepEqual(hand.send({ type: 'GuardsDrained', epoch: FREEZE }, 900_001), ['WriteStep']);
});

test('answers to another epoch change nothing', () => {
  const hand = frozen();
  assert.deepEqual(hand.send({ type: 'GuardsDrained', epoch: 1 as Epoch }, 1001), []);
  assert.deepEqual(hand.send({ type: 'SourceFenced', place: SOURCE, epoch: 1 as Epoch }, 1002), []);
  assert.deepEqual(hand.send({ type: 'GuardsDrained', epoch: FREEZE }, 1003), ['FenceSource']);
  assert.deepEqual(hand.send({ type: 'SourceFenced', place: SOURCE, epoch: 1 as Epoch }, 1004), []);
});

test('a source is fenced when its writes have drained or W has passed, not before: the fence would refuse what a guard admitted', () => {
  const { windowMs } = DEFAULT_DEADLINES;
  const hand = frozen();
  assert.deepEqual(hand.send({ type: 'Tick' }, 1000 + windowMs - 1), []);
  assert.deepEqual(hand.send({ type: 'Tick' }, 1000 + windowMs), ['FenceSource']);
});

test('a source whose gate is silent aborts the move, and only goes on as an emergency if that was asked for', () => {
  const { windowMs, silentMs } = DEFAULT_DEADLINES;
  const silent = 1000 + windowMs + silentMs;
  const careful = frozen();
  careful.send({ type: 'Tick' }, 1000 + windowMs);
  assert.deepEqual(careful.send({ type: 'Tick' }, silent), ['WriteAbort']);
  assert.match(careful.write().next.outcome?.reason ?? '', /gate of A@a did not answer fence within 2000 ms/);
  const bold = frozen({}, { emergencyWhenSilent: true });
  bold.send({ type: 'Tick' }, 1000 + windowMs);
  assert.deepEqual(bold.send({ type: 'Tick' }, silent), ['WriteStep']);
  assert.deepEqual(bold.written(silent), ['AwaitDrain', 'WriteStep'], 'W counts from the freeze and is over');
});

/** A planned move whose target is asked whether it caught up, from 1004 on. */
function catchingUp() {
  const hand = frozen();
  hand.send({ type: 'GuardsDrained', epoch: FREEZE }, 1001);
  hand.send({ type: 'SourceFenced', place: SOURCE, epoch: FREEZE }, 1002);
  hand.written(1003);
  hand.send({ type: 'PositionsRead', place: SOURCE, epoch: FREEZE, positions: [], isSynchronous: false }, 1004);
  return hand;
}

const failed = { type: 'GateFailed', call: 'caughtUp', place: TARGET, epoch: FREEZE, detail: '' } as const;

test('a target that says that it lags has until the cap of the freeze', () => {
  const hand = catchingUp();
  const behind = { ...failed, problem: 'behind' } as const;
  const { retryMs, freezeCapMs } = DEFAULT_DEADLINES;
  assert.deepEqual(hand.send(behind, 1005), []);
  assert.equal(hand.wakeAt(1005), 1005 + retryMs);
  for (let at = 1005 + retryMs; at < 1000 + freezeCapMs; at += retryMs) {
    assert.deepEqual(hand.send({ type: 'Tick' }, at), ['AwaitCaughtUp']);
    assert.deepEqual(hand.send(behind, at), []);
  }
  assert.deepEqual(hand.send({ type: 'Tick' }, 1000 + freezeCapMs), ['WriteAbort']);
});

test('a target that says nothing is waited for no longer than a silent source', () => {
  const { silentMs, retryMs } = DEFAULT_DEADLINES;
  const hand = catchingUp();
  assert.deepEqual(hand.send({ ...failed, problem: 'behind' }, 1500), []);
  assert.deepEqual(hand.send({ type: 'Tick' }, 1500 + retryMs), ['AwaitCaughtUp']);
  assert.deepEqual(hand.send({ ...failed, problem: 'silent' }, 2000), []);
  assert.deepEqual(hand.send({ type: 'Tick' }, 2000 + retryMs), ['AwaitCaughtUp']);
  assert.equal(hand.wakeAt(2000 + retryMs), 1500 + silentMs);
  assert.deepEqual(hand.send({ type: 'Tick' }, 1499 + silentMs), []);
  assert.deepEqual(hand.send({ type: 'Tick' }, 1500 + silentMs), ['WriteAbort']);
});

test('an emergency that may lose writes is granted only after a person accepted the range on record', () => {
  const hand = frozen({ kind: 'emergency' });
  const over = 1000 + DEFAULT_DEADLINES.windowMs;
  hand.send({ type: 'Tick' }, over);
  hand.written(over);
  const positions = [{ shard: 0, lineage: 1 as Epoch, offset: 7 }];
  const read = { type: 'PositionsRead', place: TARGET, epoch: FREEZE, positions, isSynchronous: false } as const;
  assert.deepEqual(hand.send(read, over), ['WriteStep']);
  assert.deepEqual(hand.write().next.lost, [{ shards: [[0, 0]], place: TARGET, lineage: 1, afterOffset: 7 }]);
  assert.deepEqual(hand.written(over), []);
  assert.deepEqual(hand.send({ type: 'DataLossAccepted', author: 'ada' }, over), ['WriteGrant']);
  assert.equal(hand.write().next.options.acceptDataLoss, true);
  assert.deepEqual(hand.written(over, { grantEpoch: GRANT }), ['PromoteTarget']);
  hand.send({ type: 'TargetPromoted', place: TARGET, epoch: GRANT }, over);
  assert.deepEqual(hand.written(over), ['FenceSource'], 'the loser is fenced before it follows');
  assert.deepEqual(hand.send({ type: 'SourceFenced', place: SOURCE, epoch: FREEZE }, over), ['FollowSource']);
});

test('an abort after the grant is refused; before it, it takes the freeze back', () => {
  const asked = { type: 'AbortRequested', author: 'ada', reason: 'wrong one' } as const;
  const early = frozen();
  assert.deepEqual(early.send(asked, 1001), ['WriteAbort']);
  const late = new Hand({ ...operationOf(), step: 'promote', freezeEpoch: FREEZE, grantEpoch: GRANT });
  assert.deepEqual(late.send(asked, 1), ['RefuseAbort']);
});

test('the freeze is capped below what edges hold and above W, and W covers two clocks that drift', () => {
  assert.equal(freezeWindowMs(3000), 3261);
  assert.deepEqual(deadlineProblems(DEFAULT_DEADLINES, 10_000), []);
  assert.equal(deadlineProblems(DEFAULT_DEADLINES, 8000).length, 1);
  assert.equal(deadlineProblems({ ...DEFAULT_DEADLINES, freezeCapMs: 3000 }, 10_000).length, 1);
});
