import { hash } from 'node:crypto';
import type { GateEffect, OperationEffect } from '../../../src/core/operation/operation-effect.ts';
import { orderFrom, shiftBack, textOf } from '../../../src/core/operation/operation-search.fixture.ts';
import { runsOf } from '../../../src/core/operation/runs.ts';
import type { Model } from '../explore.ts';
import { callGate, carryOut, deliver, takeOver } from './supersede-effects.ts';
import {
  type Carried,
  firstState,
  type Left,
  NOTHING_LEFT,
  recordsOf,
  SHARDS,
  type SupersedeState,
  spend,
  withDown,
} from './supersede-state.ts';

type Successor = readonly [step: string, next: SupersedeState];
const SIDES = [0, 1] as const;
/** Steps of the calm world until it must be at rest. */
const CALM_STEPS = 60;

/**
 * The real operation machine and table transactions: an emergency takes shard 0 to the second unit, and emergencies that supersede
 * one another take everything away from a unit whose gate is silent before it was promoted. No guards, no writes: W always passes.
 * From every state the world must come to rest once nothing goes wrong any more: all operations ended, all shards served.
 */
export class SupersedeModel implements Model<SupersedeState> {
  readonly first: SupersedeState;
  /** Keys of states that come to rest. */
  readonly #calm = new Set<string>();

  constructor(left: Left) {
    this.first = firstState(left);
  }

  /** 96 bits of a digest. */
  key(state: SupersedeState): string {
    const { operations, shards: _, late, ...rest } = state;
    const parts = [JSON.stringify(rest), JSON.stringify(recordsOf(state)), late === null ? '' : textOf(late)];
    for (const { record, running, outbox } of operations) {
      parts.push(textOf(record), ...outbox.map(textOf));
      if (running !== null) parts.push(textOf(running.operation), textOf(running.progress));
    }
    return hash('sha1', parts.join('|'), 'base64url').slice(0, 16);
  }

  violation(state: SupersedeState): string | null {
    return violationOf(state) ?? this.#restlessness(state);
  }

  successors(state: SupersedeState): Successor[] {
    const { left, operations, isDown, late } = state;
    const found: Successor[] = [['a tick passes', tick(state)]];
    operations.forEach(({ record, running, outbox }, index) => {
      if (running === null && record.outcome === null)
        found.push([`${record.id} is taken over`, takeOver(state, index)]);
      for (const effect of outbox) found.push([`${record.id}: ${effect.type}`, carryOut(state, index, effect)]);
    });
    if (left.crashes > 0) found.push(...crashes(state));
    if (late !== null) found.push([`${late.type} comes late`, { ...callGate(state, late)[0], late: null }]);
    for (const side of SIDES) {
      if (isDown[side]) found.push([`gate ${side} is back`, withDown(state, side, false)]);
      else if (left.downs > 0) found.push([`gate ${side} is silent`, spend(withDown(state, side, true), 'downs')]);
    }
    const last = operations.length - 1;
    if (left.aborts > 0 && operations[last]?.running != null) {
      const event = { type: 'AbortRequested', author: '', reason: '' } as const;
      found.push(['an abort is asked for', deliver(spend(state, 'aborts'), last, event)]);
    }
    const next = nextEmergency(state);
    return next === null ? found : [...found, ['the next emergency begins', next]];
  }

  #restlessness(state: SupersedeState): string | null {
    const path: string[] = [];
    let now = state;
    for (let count = 0; count < CALM_STEPS && unrestOf(now) !== null; count += 1) {
      now = calmSuccessor(now);
      const key = this.key(now);
      if (this.#calm.has(key)) break;
      path.push(key);
      if (count === CALM_STEPS - 1) return unrestOf(now);
    }
    for (const key of path) this.#calm.add(key);
    return null;
  }
}

/** What happens when nothing goes wrong any more: everybody answers, and all effects are carried out. */
function calmSuccessor(state: SupersedeState): SupersedeState {
  let next: SupersedeState = { ...state, isDown: [false, false], late: null, left: NOTHING_LEFT };
  for (const index of state.operations.keys()) {
    const { running, record } = next.operations[index] as Carried;
    if (running === null && record.outcome === null) next = takeOver(next, index);
    for (const effect of next.operations[index]?.outbox ?? []) {
      if (next.operations[index]?.outbox.includes(effect)) next = carryOut(next, index, effect);
    }
  }
  return tick(next);
}

function violationOf(state: SupersedeState): string | null {
  for (const [shard, record] of recordsOf(state).entries()) {
    if (record.state !== 'ACTIVE' || record.operation !== null) continue;
    const copy = state.copies[record.owner]?.[shard];
    if (copy?.isWritable !== true) return `shard ${shard} was released to a copy that cannot write`;
    if (copy.lineage !== record.since)
      return `shard ${shard} is of lineage ${copy.lineage} at its owner since ${record.since}`;
  }
  return null;
}

/** Null: every operation has ended, and every shard is served. */
function unrestOf(state: SupersedeState): string | null {
  const open = state.operations.find(({ record }) => record.outcome === null);
  if (open !== undefined) return `operation ${open.record.id} does not end: ${open.record.step}`;
  for (const [shard, record] of recordsOf(state).entries()) {
    if (record.state !== 'ACTIVE' || record.operation !== null)
      return `shard ${shard} is ${record.state} and held by ${record.operation}`;
    if (state.copies[1 - record.owner]?.[shard]?.isWritable === true)
      return `the other copy of shard ${shard} never followed`;
  }
  return null;
}

function tick(state: SupersedeState): SupersedeState {
  const older = (one: Carried): Carried => (one.running === null ? one : { ...one, running: shiftBack(one.running) });
  let next: SupersedeState = { ...state, operations: state.operations.map(older) };
  for (const index of state.operations.keys()) next = deliver(next, index, { type: 'Tick' });
  return next;
}

function crashes(state: SupersedeState): Successor[] {
  const operations = state.operations.map(({ record }): Carried => ({ record, running: null, outbox: [] }));
  const crashed = spend({ ...state, operations }, 'crashes');
  const calls = state.operations.flatMap(({ outbox }) => outbox).filter(isLasting);
  return [
    ['the controller crashes', crashed],
    ...calls.map((late): Successor => [`crash before ${late.type}`, { ...crashed, late }]),
  ];
}

function isLasting(effect: OperationEffect): effect is GateEffect {
  return effect.type === 'FenceSource' || effect.type === 'PromoteTarget' || effect.type === 'FollowSource';
}

/** From the unit whose gate is silent although its shard was granted, everything that it has. */
function nextEmergency(state: SupersedeState): SupersedeState | null {
  const { operations, isDown, left, shards } = state;
  const last = operations.at(-1)?.record;
  if (last === undefined || left.operations === 0 || last.outcome !== null || last.step !== 'promote') return null;
  const owner = shards.owner[0] as 0 | 1;
  if (!isDown[owner]) return null;
  const options = { acceptDataLoss: true, supersedes: [last.id] };
  const order = orderFrom(owner, `op${operations.length + 1}`, 'emergency', options);
  const moved = SHARDS.filter((shard) => shards.owner[shard] === owner);
  const record = { ...order, moves: order.moves.map((move) => ({ ...move, shards: runsOf(moved) })) };
  return spend({ ...state, operations: [...operations, { record, running: null, outbox: [] }] }, 'operations');
}
