import type { Epoch, ShardId } from '../../../src/core/ids.ts';
import { applyStep } from '../../../src/core/operation/apply-step.ts';
import type { GateEffect, OperationEffect, StepWrite } from '../../../src/core/operation/operation-effect.ts';
import type { OperationEvent } from '../../../src/core/operation/operation-event.ts';
import { step } from '../../../src/core/operation/operation-machine.ts';
import { gateFailed, NOW, sideOf, withoutWords } from '../../../src/core/operation/operation-search.fixture.ts';
import { bitsOf, holds, told } from './model-gate.ts';
import {
  broken,
  type Controller,
  type OwnershipState,
  type OwnershipWorld,
  other,
  type Side,
  tableOf,
  withController,
  withGate,
} from './ownership-state.ts';

/** The state after an effect was done for a controller of `term`, and what that controller is told. */
export type Performed = readonly [OwnershipState, OperationEvent | 'deposed' | 'again' | null];

export function perform(
  state: OwnershipState,
  effect: OperationEffect,
  term: number,
  world: OwnershipWorld,
): Performed {
  switch (effect.type) {
    case 'CheckTargets':
      return [state, { type: 'TargetsChecked', problems: [] }];
    case 'ReadOperation':
      return [state, { type: 'OperationRead', operation: state.record }];
    case 'RefuseAbort':
      return [state, null];
    case 'AwaitDrain':
      return [
        state,
        isDrained(state, effect.units, effect.epoch) ? { type: 'GuardsDrained', epoch: effect.epoch } : 'again',
      ];
    case 'AwaitCaughtUp': {
      const [wanted] = effect.positions;
      const copy = state.gates[sideOf(effect.place)];
      const isThere = wanted !== undefined && copy.lineage === wanted.lineage && copy.log.length >= wanted.offset;
      const { place, epoch } = effect;
      return [
        state,
        isThere ? { type: 'TargetCaughtUp', place, epoch } : gateFailed('caughtUp', place, epoch, 'behind'),
      ];
    }
    case 'FenceSource':
    case 'ReadPositions':
    case 'PromoteTarget':
    case 'FollowSource':
      return callGate(state, effect, world);
    default:
      return transact(state, effect, term);
  }
}

/** Tells a controller what happened, and collects what it now wants to be done. */
export function deliver(
  state: OwnershipState,
  index: Side,
  event: OperationEvent | 'deposed' | 'again' | null,
): OwnershipState {
  const controller = state.controllers[index];
  if (controller === null || event === null || event === 'again') return state;
  if (event === 'deposed') return withController(state, index, null);
  const { running, effects } = step(controller.running, event, NOW);
  if (running.operation.outcome !== null) return withController(state, index, null);
  const next: Controller = { ...controller, running, outbox: [...controller.outbox, ...effects] };
  return withController(state, index, next);
}

/** Every boot of the unit that is in the store acknowledged; what is not in the store cannot be waited for. */
function isDrained({ guards }: OwnershipState, units: readonly string[], epoch: Epoch): boolean {
  const asked = guards.filter(({ side }) => units.includes(side === 0 ? 'A' : 'B'));
  return asked.every(({ isRecorded, hasGhost, drainedAt }) => !hasGhost && (!isRecorded || drainedAt === epoch));
}

function callGate(state: OwnershipState, effect: GateEffect, world: OwnershipWorld): Performed {
  const { place, epoch, type } = effect;
  const side = sideOf(place);
  const gate = state.gates[side];
  if (type === 'ReadPositions') {
    const positions = [{ shard: 0, lineage: gate.lineage as Epoch, offset: gate.log.length }];
    return [state, { type: 'PositionsRead', place, epoch, positions, isSynchronous: world.isSynchronous }];
  }
  const call = type === 'FenceSource' ? 'fence' : type === 'PromoteTarget' ? 'promote' : 'follow';
  const next = told(gate, type, epoch, state.gates[other(side)]);
  if (next === null) return [state, gateFailed(call, place, epoch, 'superseded')];
  const after = withGate(state, side, next);
  switch (type) {
    case 'FenceSource':
      return [after, { type: 'SourceFenced', place, epoch }];
    case 'FollowSource':
      return [after, { type: 'SourceFollowed', place, epoch }];
    case 'PromoteTarget': {
      const isEarly = state.record.grantEpoch !== epoch && state.head < epoch + 1;
      const event: OperationEvent = { type: 'TargetPromoted', place, epoch };
      return [
        isEarly && state.shard.epoch < epoch ? broken(after, 'a copy was promoted before the grant') : after,
        event,
      ];
    }
  }
}

/** Compares the term, the step and the head, as the store does. */
function transact(state: OwnershipState, write: StepWrite, term: number): Performed {
  if (term !== state.term) return [state, 'deposed'];
  const { record, shard, head } = state;
  if (record.stepSequence !== write.expectedSequence || record.id !== write.next.id)
    return [state, { type: 'WriteUnknown' }];
  const applied = applyStep(tableOf(shard, head), write);
  if (!applied.ok) return [state, { type: 'WriteRefused', reason: applied.reason }];
  const next = withoutWords(applied.operation);
  const event: OperationEvent = { type: 'StepWritten', operation: next };
  if (applied.table === null) return [{ ...state, record: next }, event];
  const after = { ...state, record: next, head: applied.table.epoch, shard: applied.table.shards.at(0 as ShardId) };
  return [checkedWrite(state, after, write), event];
}

/** The statements of the protocol that a transaction can break. */
function checkedWrite(before: OwnershipState, after: OwnershipState, { type }: StepWrite): OwnershipState {
  if (after.head <= before.head || after.shard.epoch < before.shard.epoch)
    return broken(after, 'an epoch did not grow');
  if (type === 'WriteGrant') return checkedGrant(after);
  const { shard, gates, record } = after;
  const owner = gates[shard.owner as Side];
  if (type === 'WriteRelease' && !(owner.isWritable && owner.lineage === record.grantEpoch))
    return broken(after, 'a shard was released before its copy was promoted');
  return after;
}

function checkedGrant(state: OwnershipState): OwnershipState {
  const { shard, gates, record, acknowledged, givenUp } = state;
  const target = gates[shard.owner as Side];
  const source = gates[other(shard.owner as Side)];
  const isWhole = target.lineage === source.lineage && target.log.startsWith(source.log);
  if (!record.isEmergency)
    return isWhole ? state : broken(state, 'at a planned grant the target lacks an executed write');
  if (holds(target, acknowledged & ~givenUp)) return state;
  if (record.lost.length === 0)
    return broken(state, 'an emergency lost an acknowledged write without a recorded range');
  return { ...state, givenUp: givenUp | (acknowledged & ~bitsOf(target.log)) };
}
