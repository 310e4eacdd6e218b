import type { Epoch } from '../../../src/core/ids.ts';
import { applyStep } from '../../../src/core/operation/apply-step.ts';
import { followOrders, ungrantedShard } from '../../../src/core/operation/follow-orders.ts';
import type { ShardPosition } from '../../../src/core/operation/operation.ts';
import type { GateEffect, OperationEffect, StepWrite } from '../../../src/core/operation/operation-effect.ts';
import type { OperationEvent } from '../../../src/core/operation/operation-event.ts';
import { type MachineResult, resume, step } from '../../../src/core/operation/operation-machine.ts';
import {
  failureOf,
  gateFailed,
  NOW,
  sideOf,
  withoutWords,
} from '../../../src/core/operation/operation-search.fixture.ts';
import { eachShard } from '../../../src/core/operation/runs.ts';
import { type Carried, type Copy, type SupersedeState, tableOf, withCarried } from './supersede-state.ts';

export function takeOver(state: SupersedeState, index: number): SupersedeState {
  const { record } = state.operations[index] as Carried;
  return told(withCarried(state, index, { record, running: null, outbox: [] }), index, resume(record, NOW));
}

export function carryOut(state: SupersedeState, index: number, effect: OperationEffect): SupersedeState {
  const one = state.operations[index] as Carried;
  const rest = withCarried(state, index, { ...one, outbox: one.outbox.filter((other) => other !== effect) });
  const [done, answer] = perform(rest, index, effect);
  return deliver(done, index, answer);
}

export function deliver(state: SupersedeState, index: number, event: OperationEvent | null): SupersedeState {
  const running = state.operations[index]?.running ?? null;
  return running === null || event === null ? state : told(state, index, step(running, event, NOW));
}

export function callGate(state: SupersedeState, effect: GateEffect): [SupersedeState, OperationEvent | null] {
  const { place, epoch, type } = effect;
  const side = sideOf(place);
  if (state.isDown[side]) return [state, failureOf(effect)];
  const shards = [...eachShard(effect.shards)];
  const copies = state.copies[side] as readonly Copy[];
  switch (type) {
    case 'ReadPositions': {
      const positions = shards.map(
        (shard): ShardPosition => ({ shard, lineage: copies[shard]?.lineage as Epoch, offset: 0 }),
      );
      return [state, { type: 'PositionsRead', place, epoch, positions, isSynchronous: true }];
    }
    case 'FenceSource': {
      const next = tell(state, side, shards, epoch, {});
      return next === null
        ? [state, gateFailed('fence', place, epoch, 'superseded')]
        : [next, { type: 'SourceFenced', place, epoch }];
    }
    case 'PromoteTarget': {
      const next = tell(state, side, shards, epoch, { isWritable: true, lineage: epoch });
      if (next === null) return [state, gateFailed('promote', place, epoch, 'superseded')];
      return [next, { type: 'TargetPromoted', place, epoch }];
    }
    case 'FollowSource':
      return followOwner(state, side, effect);
  }
}

/** As the runner does it (gate-effects.ts). */
function followOwner(state: SupersedeState, side: 0 | 1, effect: GateEffect): [SupersedeState, OperationEvent] {
  const { place, epoch } = effect;
  const table = tableOf(state);
  let next = state;
  let isBehind = ungrantedShard(table, effect) !== null;
  for (const order of isBehind ? [] : followOrders(table, effect)) {
    const copy = { isWritable: false, lineage: order.lineage };
    const followed = tell(next, side, [...eachShard(order.shards)], order.epoch, copy);
    if (followed === null) isBehind = true;
    else next = followed;
  }
  const isMoving = [...eachShard(effect.shards)].some((shard) => state.shards.operation.has(shard));
  const isOver = !isBehind && !isMoving;
  return [next, isOver ? { type: 'SourceFollowed', place, epoch } : gateFailed('follow', place, epoch, 'behind')];
}

/** Null: the gate keeps a higher epoch. An equal one was carried out before. */
function tell(
  state: SupersedeState,
  side: 0 | 1,
  shards: readonly number[],
  epoch: number,
  change: Partial<Copy>,
): SupersedeState | null {
  const copies = state.copies[side] as readonly Copy[];
  if (shards.some((shard) => (copies[shard]?.highest ?? 0) > epoch)) return null;
  const changed = copies.map((copy, shard) => (shards.includes(shard) ? { ...copy, ...change, highest: epoch } : copy));
  return { ...state, copies: state.copies.map((one, at) => (at === side ? changed : one)) };
}

function perform(
  state: SupersedeState,
  index: number,
  effect: OperationEffect,
): [SupersedeState, OperationEvent | null] {
  switch (effect.type) {
    case 'CheckTargets':
      return [state, { type: 'TargetsChecked', problems: [] }];
    case 'ReadOperation':
      return [state, { type: 'OperationRead', operation: (state.operations[index] as Carried).record }];
    case 'AwaitDrain':
    case 'RefuseAbort':
    case 'AwaitCaughtUp':
      return [state, null];
    case 'FenceSource':
    case 'ReadPositions':
    case 'PromoteTarget':
    case 'FollowSource':
      return callGate(state, effect);
    default:
      return transact(state, index, effect);
  }
}

function transact(state: SupersedeState, index: number, write: StepWrite): [SupersedeState, OperationEvent] {
  const one = state.operations[index] as Carried;
  const { supersedes } = write.next.options;
  const superseded = state.operations.map(({ record }) => record).filter(({ id }) => supersedes.includes(id));
  const applied = applyStep(tableOf(state), write, superseded);
  if (!applied.ok) return [state, { type: 'WriteRefused', reason: applied.reason }];
  const record = withoutWords(applied.operation);
  const next = withCarried(state, index, { ...one, record });
  const event: OperationEvent = { type: 'StepWritten', operation: record };
  if (applied.table === null) return [next, event];
  return [{ ...next, epoch: applied.table.epoch, shards: applied.table.shards }, event];
}

function told(state: SupersedeState, index: number, { running, effects }: MachineResult): SupersedeState {
  const { record, outbox } = state.operations[index] as Carried;
  const isOver = running.operation.outcome !== null;
  const carried: Carried = isOver
    ? { record, running: null, outbox: [] }
    : { record, running, outbox: [...outbox, ...effects] };
  return withCarried(state, index, carried);
}
