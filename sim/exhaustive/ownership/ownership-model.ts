import { hash } from 'node:crypto';
import type { OperationEffect } from '../../../src/core/operation/operation-effect.ts';
import { resume } from '../../../src/core/operation/operation-machine.ts';
import { failureOf, NOW, shiftBack, textOf } from '../../../src/core/operation/operation-search.fixture.ts';
import type { Model } from '../explore.ts';
import { deliver, perform } from './effects.ts';
import { guardSteps } from './guard-steps.ts';
import { replicated } from './model-gate.ts';
import { admits, older } from './model-guard.ts';
import {
  firstState,
  type OwnershipState,
  type OwnershipWorld,
  orderOf,
  other,
  SIDES,
  type Side,
  withController,
  withGate,
} from './ownership-state.ts';

type Add = (name: string, next: OwnershipState | null) => void;

/**
 * The real operation machine, table transactions and guards in a small world, in every order of events. Time passes in ticks and
 * the model's clock always shows 0: instants that are remembered move back instead.
 */
export class OwnershipModel implements Model<OwnershipState> {
  readonly first: OwnershipState;
  readonly #world: OwnershipWorld;

  constructor(world: OwnershipWorld) {
    this.#world = world;
    this.first = firstState(world);
  }

  /** 96 bits of a digest: among a hundred million states two share one with a chance of 1 in 10¹³. */
  key(state: OwnershipState): string {
    const { record, controllers, late, guards, gates, shard, ...rest } = state;
    const parts = [textOf(record), textOf(shard), JSON.stringify(rest), late === null ? '' : textOf(late)];
    for (const part of [...guards, ...gates]) parts.push(textOf(part));
    for (const controller of controllers) {
      if (controller === null) parts.push('-');
      else parts.push(String(controller.term), textOf(controller.running), ...controller.outbox.map(textOf));
    }
    return hash('sha1', parts.join('|'), 'base64url').slice(0, 16);
  }

  violation(state: OwnershipState): string | null {
    const { guards, shard, gates } = state;
    if (state.violation !== null) return state.violation;
    const admitting = new Set(guards.filter(admits).map(({ side }) => side));
    if (admitting.size > 1) return 'guards of two units admit writes of one shard';
    const isReleased = shard.state === 'ACTIVE' && shard.operation === null;
    return isReleased && !gates[shard.owner as Side].isWritable ? 'released to a copy that cannot write' : null;
  }

  successors(state: OwnershipState): (readonly [string, OwnershipState])[] {
    const found: (readonly [string, OwnershipState])[] = [];
    const add: Add = (name, next) => void (next === null ? 0 : found.push([name, next]));
    add('a tick passes', this.#tick(state));
    for (const index of SIDES) this.#controllerSteps(state, index, add);
    if (state.late !== null) {
      const [done] = perform({ ...state, late: null }, state.late, state.term, this.#world);
      add(`${state.late.type} comes late`, done);
    }
    guardSteps(state, this.#world, add);
    for (const side of SIDES) {
      const copy = replicated(state.gates[side], state.gates[other(side)]);
      if (copy !== null) add(`copy ${side} replicates`, withGate(state, side, copy));
    }
    add('the next operation begins', this.#nextOperation(state));
    return found;
  }

  #controllerSteps(state: OwnershipState, index: Side, add: Add): void {
    const controller = state.controllers[index];
    if (controller === null) {
      add(`controller ${index} takes over`, this.#takeOver(state, index));
      return;
    }
    controller.outbox.forEach((effect, at) => {
      const outbox = controller.outbox.filter((_, position) => position !== at);
      const rest = withController(state, index, { ...controller, outbox });
      const [done, answer] = perform(rest, effect, controller.term, this.#world);
      if (answer === 'again') return;
      add(`controller ${index}: ${effect.type}`, deliver(done, index, answer));
      if (state.faultsLeft > 0 && effect.type !== 'AwaitDrain') faults(rest, done, index, effect, add);
    });
    if (state.faultsLeft > 0)
      add(`controller ${index} crashes`, { ...withController(state, index, null), faultsLeft: state.faultsLeft - 1 });
    const isLeader = controller.term === state.term;
    if (state.abortsLeft > 0 && isLeader) {
      const event = { type: 'AbortRequested', author: '', reason: '' } as const;
      add('an abort is asked for', deliver({ ...state, abortsLeft: state.abortsLeft - 1 }, index, event));
    }
    if (isLeader && state.record.step === 'acknowledge' && controller.running.progress.acceptedBy === null)
      add('the loss is accepted', deliver(state, index, { type: 'DataLossAccepted', author: '' }));
  }

  /** From a controller that is gone, or that still believes to lead. Its term is on record before it reads. */
  #takeOver(state: OwnershipState, index: Side): OwnershipState | null {
    if (state.record.outcome !== null) return null;
    const rival = state.controllers[other(index)];
    const isSecond = rival !== null;
    if (isSecond && (this.#world.controllers === 1 || rival.term !== state.term || state.faultsLeft === 0)) return null;
    // Which of the two takes over from nobody makes no difference.
    if (!isSecond && index === 1) return null;
    const term = state.term + 1;
    const { running, effects } = resume(state.record, NOW);
    const faultsLeft = state.faultsLeft - (isSecond ? 1 : 0);
    return withController({ ...state, term, faultsLeft }, index, { term, running, outbox: effects });
  }

  #tick(state: OwnershipState): OwnershipState {
    let next: OwnershipState = { ...state, guards: state.guards.map(older) };
    for (const index of SIDES) {
      const controller = next.controllers[index];
      if (controller === null) continue;
      next = withController(next, index, { ...controller, running: shiftBack(controller.running) });
      next = deliver(next, index, { type: 'Tick' });
    }
    return next;
  }

  /** The shard goes back where it came from, or tries once more. */
  #nextOperation(state: OwnershipState): OwnershipState | null {
    const { record, shard, operationsLeft } = state;
    if (record.outcome === null || operationsLeft === 0 || shard.state !== 'ACTIVE' || shard.operation !== null)
      return null;
    const next = orderOf(this.#world, this.#world.kinds.length - operationsLeft, shard.owner as Side);
    // A copy that was not made to follow is never a target.
    if (state.gates[other(shard.owner as Side)].isWritable) return null;
    return { ...state, record: next, operationsLeft: operationsLeft - 1 };
  }
}

/** The ways in which one effect goes wrong: `rest` is the state without it, `done` the one in which it was done. */
function faults(rest: OwnershipState, done: OwnershipState, index: Side, effect: OperationEffect, add: Add): void {
  const faulty = (one: OwnershipState): OwnershipState => ({ ...one, faultsLeft: one.faultsLeft - 1 });
  add(`${effect.type} fails`, deliver(faulty(rest), index, failureOf(effect)));
  // A question that is answered late, or whose answer is lost, leaves no trace.
  if (/^(Read|Await|Check|Refuse)/.test(effect.type)) return;
  add(`${effect.type}, answer lost`, deliver(faulty(done), index, failureOf(effect)));
  add(`crash after ${effect.type}`, withController(faulty(done), index, null));
  // A transaction that comes late compares a term that is not the newest any more, or is the one that was asked for.
  if (rest.late !== null || 'expectedSequence' in effect) return;
  add(`${effect.type} is late`, deliver({ ...faulty(rest), late: effect }, index, failureOf(effect)));
}
