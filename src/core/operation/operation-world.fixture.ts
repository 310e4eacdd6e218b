import type { Epoch, ShardId } from '../ids.ts';
import { applyStep } from './apply-step.ts';
import type { GateEffect, OperationEffect, StepWrite } from './operation-effect.ts';
import type { OperationEvent } from './operation-event.ts';
import { type MachineResult, resume, step } from './operation-machine.ts';
import { type Gate, type Guard, type Scenario, tableOf, type World } from './operation-model.fixture.ts';
import { failureOf, gateFailed, HORIZON, NOW, shiftBack, sideOf, withoutWords } from './operation-search.fixture.ts';

const SIDES = [0, 1] as const;
type Side = (typeof SIDES)[number];

/** A world that one thing happened in, and the thing's name. */
export type Successor = readonly [name: string, world: World];

/** Everything that can happen next. */
export function successors(world: World, scenario: Scenario): Successor[] {
  const found: Successor[] = [];
  const add = (name: string, next: World | null): void => {
    if (next !== null) found.push([name, next]);
  };
  add('tick', tick(world));
  add('take over', takeOver(world));
  world.outbox.forEach((effect, index) => {
    const rest = { ...world, outbox: world.outbox.filter((_, other) => other !== index) };
    const [done, answer] = perform(rest, effect, scenario);
    add(`${effect.type}`, deliver(done, answer));
    if (world.faultsLeft > 0 && effect.type !== 'AwaitDrain') faults(rest, done, effect, add);
  });
  if (world.controller !== null && world.faultsLeft > 0) {
    add('crash', { ...world, faultsLeft: world.faultsLeft - 1, controller: null, outbox: [] });
  }
  if (world.late !== null) add(`late ${world.late.type}`, { ...perform(world, world.late, scenario)[0], late: null });
  if (world.controller !== null && world.canAbort) {
    add('abort', deliver({ ...world, canAbort: false }, { type: 'AbortRequested', author: '', reason: '' }));
  }
  if (world.record.step === 'acknowledge' && world.controller?.progress.acceptedBy === null) {
    add('accept', deliver(world, { type: 'DataLossAccepted', author: '' }));
  }
  for (const side of SIDES) guardSteps(world, side, scenario, add);
  add('replicate', replicate(world));
  return found;
}

/** The ways in which one effect goes wrong: `rest` is the world without it, `done` the one in which it was done. */
function faults(rest: World, done: World, effect: OperationEffect, add: (name: string, next: World) => void): void {
  const faulty = (one: World): World => ({ ...one, faultsLeft: one.faultsLeft - 1 });
  const isRead = /^(Read|Await|Check|Refuse)/.test(effect.type);
  add(`${effect.type} fails`, deliver(faulty(rest), failureOf(effect)));
  // A question that is answered late, or whose answer is lost, leaves no trace.
  if (isRead) return;
  add(`${effect.type}, answer lost`, deliver(faulty(done), failureOf(effect)));
  add(`crash after ${effect.type}`, { ...faulty(done), controller: null, outbox: [] });
  if (rest.late !== null) return;
  add(`${effect.type} is late`, deliver({ ...faulty(rest), late: effect }, failureOf(effect)));
  add(`crash before ${effect.type}`, { ...faulty(rest), controller: null, outbox: [], late: effect });
}

/** What happens when nothing goes wrong any more; every world must come to rest by it. */
export function calmSuccessor(world: World, scenario: Scenario): World {
  let next: World = takeOver(world) ?? world;
  for (const side of SIDES) {
    const guard = next.guards[side];
    next = readStore(withGuard(next, side, { ...guard, inFlight: null }), side);
  }
  next = replicate(next) ?? next;
  const effect = next.outbox.find((one) => one.type !== 'AwaitDrain' || next.guards[0].drainedAt === one.epoch);
  if (effect === undefined) return deliver(tick(next), { type: 'DataLossAccepted', author: '' });
  const rest = next.outbox.filter((one) => one !== effect);
  const [done, answer] = perform({ ...next, outbox: rest }, effect, scenario);
  return deliver(done, answer);
}

/** The world without the things that may still go wrong in it. */
export function calmed(world: World): World {
  return { ...world, faultsLeft: 0, writesLeft: 0, canAbort: false, late: null };
}

export function takeOver(world: World): World | null {
  if (world.controller !== null || world.record.outcome !== null) return null;
  // Its term is on record before it reads, so no transaction of the one before can succeed any more.
  const late = world.late !== null && 'expectedSequence' in world.late ? null : world.late;
  return follow({ ...world, outbox: [], late }, resume(world.record, NOW));
}

function tick(world: World): World {
  const older = (guard: Guard): Guard =>
    normal({ ...guard, age: Math.min(HORIZON, guard.age + 1), ackAge: Math.min(HORIZON, guard.ackAge + 1) });
  const guards = [older(world.guards[0]), older(world.guards[1])] as const;
  const controller = world.controller === null ? null : shiftBack(world.controller);
  return deliver({ ...world, guards, controller }, { type: 'Tick' });
}

function deliver(world: World, event: OperationEvent | null): World {
  if (world.controller === null || event === null) return world;
  return follow(world, step(world.controller, event, NOW));
}

function follow(world: World, { running, effects }: MachineResult): World {
  const isOver = running.operation.outcome !== null;
  return { ...world, controller: isOver ? null : running, outbox: isOver ? [] : [...world.outbox, ...effects] };
}

/** Does an effect; the world after it and the answer. */
function perform(world: World, effect: OperationEffect, scenario: Scenario): [World, OperationEvent | null] {
  switch (effect.type) {
    case 'CheckTargets':
      return [world, { type: 'TargetsChecked', problems: [] }];
    case 'ReadOperation':
      return [world, { type: 'OperationRead', operation: world.record }];
    case 'RefuseAbort':
      return [world, null];
    case 'AwaitDrain': {
      if (world.guards[0].drainedAt === effect.epoch) return [world, { type: 'GuardsDrained', epoch: effect.epoch }];
      return [{ ...world, outbox: [...world.outbox, effect] }, null];
    }
    case 'AwaitCaughtUp': {
      const [wanted, copy] = [effect.positions[0], world.gates[1]];
      const { place, epoch } = effect;
      const isThere = wanted !== undefined && copy.lineage === wanted.lineage && copy.offset >= wanted.offset;
      return [
        world,
        isThere ? { type: 'TargetCaughtUp', place, epoch } : gateFailed('caughtUp', place, epoch, 'behind'),
      ];
    }
    case 'FenceSource':
    case 'ReadPositions':
    case 'PromoteTarget':
    case 'FollowSource':
      return callGate(world, effect, scenario);
    default:
      return transact(world, effect);
  }
}

function callGate(world: World, effect: GateEffect, scenario: Scenario): [World, OperationEvent | null] {
  const { place, epoch, type } = effect;
  const side = sideOf(place);
  const gate = world.gates[side];
  if (type === 'ReadPositions') {
    const positions = [{ shard: 0, lineage: gate.lineage as Epoch, offset: gate.offset }];
    return [world, { type: 'PositionsRead', place, epoch, positions, isSynchronous: scenario.isSynchronous }];
  }
  const call = type === 'FenceSource' ? 'fence' : type === 'PromoteTarget' ? 'promote' : 'follow';
  if (epoch < gate.highest) return [world, gateFailed(call, place, epoch, 'superseded')];
  const told: Gate = { ...gate, highest: epoch };
  switch (type) {
    case 'FenceSource':
      return [withGate(world, side, told), { type: 'SourceFenced', place, epoch }];
    case 'PromoteTarget': {
      const isEarly = world.record.grantEpoch !== epoch;
      const promoted = gate.lineage === epoch ? told : { ...told, isWritable: true, lineage: epoch };
      const next = withGate(world, side, promoted);
      return [
        isEarly ? { ...next, violation: 'promoted before the grant' } : next,
        { type: 'TargetPromoted', place, epoch },
      ];
    }
    case 'FollowSource': {
      const followed = { ...told, isWritable: false, lineage: world.gates[(1 - side) as Side].lineage };
      return [withGate(world, side, followed), { type: 'SourceFollowed', place, epoch }];
    }
  }
}

/** Compares the step and the head, as the store would (the term too, but the model has one controller at a time). */
function transact(world: World, write: StepWrite): [World, OperationEvent] {
  if (world.record.stepSequence !== write.expectedSequence) return [world, { type: 'WriteUnknown' }];
  const applied = applyStep(tableOf(world), write);
  if (!applied.ok) return [world, { type: 'WriteRefused', reason: applied.reason }];
  const record = withoutWords(applied.operation);
  const event: OperationEvent = { type: 'StepWritten', operation: record };
  if (applied.table === null) return [{ ...world, record }, event];
  const { epoch, shards } = applied.table;
  const shard = shards.at(0 as ShardId);
  const next = { ...world, head: epoch, shard, record };
  return [{ ...next, violation: world.violation ?? wrongWrite(world, next, write) }, event];
}

function wrongWrite(before: World, after: World, { type }: StepWrite): string | null {
  if (after.head <= before.head || after.shard.epoch < before.shard.epoch) return 'an epoch did not grow';
  const [source, target] = after.gates;
  if (type === 'WriteGrant') {
    const isWhole = target.lineage === 1 && target.offset >= source.offset;
    if (!after.record.isEmergency && !isWhole) return 'a planned grant to a copy that lacks executed writes';
    const isAccepted = after.record.lost.length > 0 && after.record.options.acceptDataLoss;
    if (before.acknowledged > target.offset && !isAccepted)
      return 'a grant lost an acknowledged write that nobody accepted';
  }
  if (type === 'WriteRelease' && !(target.isWritable && target.lineage === after.record.grantEpoch)) {
    return 'released before the target was promoted';
  }
  return null;
}

function guardSteps(
  world: World,
  side: Side,
  scenario: Scenario,
  add: (name: string, next: World | null) => void,
): void {
  const guard = world.guards[side];
  // A guard that learns of a table in which its unit has no part stays as closed as it was.
  const { owner, previous } = world.shard;
  if (owner === side || previous === side || mayAdmit(guard, side)) add(`guard ${side} reads`, readStore(world, side));
  if (mayAdmit(guard, side) && guard.known?.operation === null && guard.inFlight === null && world.writesLeft > 0) {
    const inFlight = { epoch: guard.known.epoch, isExecuted: false };
    add(`guard ${side} admits`, {
      ...withGuard(world, side, { ...guard, inFlight }),
      writesLeft: world.writesLeft - 1,
    });
  }
  if (guard.inFlight === null) return;
  add(`cell ${side} executes`, execute(world, side));
  add(`guard ${side} answers`, answer(world, side, scenario));
}

/** Rules 2 and 3. */
export function mayAdmit({ known, age }: Guard, side: Side): boolean {
  return known !== null && known.state === 'ACTIVE' && known.owner === side && age < HORIZON;
}

function readStore(world: World, side: Side): World {
  const guard = world.guards[side];
  const known = world.shard;
  const isOwner = known.state === 'ACTIVE' && known.owner === side;
  const isDrained = known.state === 'FREEZING' && known.previous === side && guard.inFlight === null;
  return withGuard(world, side, {
    ...guard,
    known,
    age: 0,
    ackAge: isOwner ? 0 : guard.ackAge,
    drainedAt: isDrained ? known.epoch : guard.drainedAt,
  });
}

/** Rule 4: the application compares the epoch with its fence row. */
function execute(world: World, side: Side): World | null {
  const [guard, gate] = [world.guards[side], world.gates[side]];
  if (guard.inFlight === null || guard.inFlight.isExecuted) return null;
  if (!gate.isWritable || guard.inFlight.epoch < gate.highest)
    return withGuard(world, side, { ...guard, inFlight: null });
  const inFlight = { ...guard.inFlight, isExecuted: true };
  const next = withGuard(withGate(world, side, { ...gate, offset: gate.offset + 1 }), side, { ...guard, inFlight });
  return side === 1 ? { ...next, newOwnerWrote: true } : next;
}

/** Rule 5. */
function answer(world: World, side: Side, { isSynchronous }: Scenario): World | null {
  const guard = world.guards[side];
  const { inFlight, known } = guard;
  if (inFlight === null || !inFlight.isExecuted || known === null) return null;
  // With synchronous copies the application answers only when the copy has the write.
  if (isSynchronous && side === 0 && world.gates[1].offset < world.gates[0].offset) return null;
  const isOwner = known.state === 'ACTIVE' ? known.owner === side : known.previous === side;
  const isInTime = guard.ackAge < HORIZON && known.since <= inFlight.epoch && guard.drainedAt !== known.epoch;
  const next = withGuard(world, side, { ...guard, inFlight: null });
  if (!isOwner || !isInTime || side === 1) return next;
  const violation = world.newOwnerWrote ? 'acknowledged at the old owner after the new one wrote' : world.violation;
  return { ...next, acknowledged: Math.max(world.acknowledged, world.gates[0].offset), violation };
}

function replicate(world: World): World | null {
  const [source, target] = world.gates;
  if (target.isWritable || target.lineage !== source.lineage || target.offset >= source.offset) return null;
  return withGate(world, 1, { ...target, offset: target.offset + 1 });
}

function withGuard(world: World, side: Side, changed: Guard): World {
  const guard = normal(changed);
  return { ...world, guards: side === 0 ? [guard, world.guards[1]] : [world.guards[0], guard] };
}

function withGate(world: World, side: Side, gate: Gate): World {
  return { ...world, gates: side === 0 ? [gate, world.gates[1]] : [world.gates[0], gate] };
}

/** Ages that nothing looks at any more are all the same. */
function normal(guard: Guard): Guard {
  const isActive = guard.known?.state === 'ACTIVE' && guard.known.owner === guard.side;
  const age = isActive ? guard.age : HORIZON;
  const ackAge = isActive || guard.inFlight !== null ? guard.ackAge : HORIZON;
  return { ...guard, age, ackAge };
}
