import type { Epoch, Incarnation, MonotonicMs } from '../ids.ts';
import type { CellDocument, TopologyDocument, UnitDocument } from '../topology-document.ts';
import { newOperation, type Operation, type OperationKind, type OperationOptions, type Place } from './operation.ts';
import type { OperationEffect } from './operation-effect.ts';
import type { GateCall, GateProblem, OperationEvent } from './operation-event.ts';
import { PLAIN_OPTIONS } from './plain-options.fixture.ts';
import type { Call, Instant, Progress, RunningOperation } from './progress.ts';

/**
 * What both searches through every order of events stand on: the machine's own (liveness, operation-machine.exhaustive.test.ts) and the
 * simulator's (ownership, with real guards). One shard that moves between two units, each with one data center; time in ticks.
 */

/** Guards' horizon and W, in ticks. */
export const HORIZON = 1;
export const WINDOW = 2;
/** A unit has one copy; by side. */
export const PLACES: readonly [Place, Place] = [
  { unit: 'A', dataCenter: 'a' },
  { unit: 'B', dataCenter: 'b' },
];
export const INCARNATION = 'model' as Incarnation;
const ZERO = 0 as MonotonicMs;
/** What a model's clock shows at all times (`shiftBack`). */
export const NOW: Instant = { monotonic: ZERO, wall: 0 };

export function sideOf(place: Place): 0 | 1 {
  return place.unit === PLACES[0].unit ? 0 : 1;
}

function unit(id: string, dataCenter: string, home: readonly [number, number], target: string): UnitDocument {
  const health = { path: '/', intervalMs: 1000, timeoutMs: 500, unhealthyAfter: 2, healthyAfter: 1 };
  const cell: CellDocument = {
    id: `${id}1`,
    dataCenter,
    weight: 100,
    instances: [],
    tls: null,
    health,
    maxConcurrent: 1,
  };
  const rest = { kind: 'R', globalHome: false, capacity: null, storeLost: 'fence' } as const;
  return { id, ...rest, home: [home], primary: dataCenter, cells: [cell], remoteTargets: [target] };
}

export const TOPOLOGY: TopologyDocument = {
  format: 1,
  realm: 'model',
  shardRule: { name: 'hash/1', shards: 2 },
  trust: { proxies: [], identityHeaders: 'any' },
  cities: [
    { id: 'x', dataCenters: ['a'] },
    { id: 'y', dataCenters: ['b'] },
  ],
  units: [unit('A', 'a', [0, 0], 'B'), unit('B', 'b', [1, 1], 'A')],
  routes: [],
};

/** The record of an operation that takes shard 0 away from `from`; every deadline is a few ticks. */
export function orderFrom(
  from: 0 | 1,
  id: string,
  kind: OperationKind,
  options: Partial<OperationOptions> = {},
): Operation {
  return newOperation({
    id,
    incarnation: INCARNATION,
    kind,
    moves: [{ shards: [[0, 0]], from: PLACES[from], to: PLACES[from === 0 ? 1 : 0], candidates: [], copies: [] }],
    weights: [],
    author: '',
    reason: '',
    createdAt: 0,
    options: { ...PLAIN_OPTIONS, ...options },
    deadlines: {
      windowMs: WINDOW,
      freezeCapMs: 3,
      takeoverAllowanceMs: 1,
      checkMs: 1,
      silentMs: 1,
      chooseMs: 1,
      chooseCapMs: 2,
      acknowledgeMs: 1,
      retryMs: 0,
      followRetryMs: 0,
    },
  });
}

/** Results and reasons are for people, and the machine never reads them: without them more states are alike. */
export function withoutWords(operation: Operation): Operation {
  const { outcome } = operation;
  return { ...operation, results: [], outcome: outcome === null ? null : { kind: outcome.kind, reason: '' } };
}

/** What a controller is told of an effect whose answer does not come. */
export function failureOf(effect: OperationEffect): OperationEvent | null {
  switch (effect.type) {
    case 'FenceSource':
      return gateFailed('fence', effect.place, effect.epoch);
    case 'ReadPositions':
      return gateFailed('position', effect.place, effect.epoch);
    case 'PromoteTarget':
      return gateFailed('promote', effect.place, effect.epoch);
    case 'FollowSource':
      return gateFailed('follow', effect.place, effect.epoch);
    case 'AwaitCaughtUp':
      return gateFailed('caughtUp', effect.place, effect.epoch);
    case 'ReadOperation':
      return { type: 'ReadFailed' };
    case 'CheckTargets':
      return { type: 'TargetsChecked', problems: ['failed'] };
    case 'AwaitDrain':
    case 'RefuseAbort':
      return null;
    default:
      return { type: 'WriteUnknown' };
  }
}

export function gateFailed(
  call: GateCall,
  place: Place,
  epoch: Epoch,
  problem: GateProblem = 'silent',
): OperationEvent {
  return { type: 'GateFailed', call, place, epoch, problem, detail: '' };
}

/**
 * The model's clock always shows 0: when a tick passes, all instants that are remembered move back by one, as far as the
 * longest deadline that looks at them; beyond it all states are alike.
 */
export function shiftBack({ operation, progress }: RunningOperation): RunningOperation {
  const back = (at: MonotonicMs, longest: number): MonotonicMs => Math.max(-longest, at - 1) as MonotonicMs;
  const { freezeCapMs, chooseCapMs, silentMs } = operation.deadlines;
  const isTimed = operation.grantEpoch === null;
  const call = (one: Call): Call => ({
    ...one,
    firstAt: one.state === 'done' || !isTimed ? ZERO : back(one.firstAt, silentMs),
    at: ZERO,
    heardAt: one.state === 'done' || !isTimed ? ZERO : back(one.heardAt, silentMs),
  });
  const { frozenFrom, stepFrom, reading, calls } = progress;
  const moved: Progress = {
    ...progress,
    frozenFrom: isTimed ? back(frozenFrom, freezeCapMs) : ZERO,
    stepFrom: isTimed ? back(stepFrom, chooseCapMs) : ZERO,
    reading: reading === null ? null : call(reading),
    calls: Object.fromEntries(Object.entries(calls).map(([key, one]) => [key, call(one)])),
  };
  return { operation, progress: moved };
}

/** Most states share their larger parts with the state before. */
const texts = new WeakMap<object, string>();

/** The part as JSON, for the key of a state; made once for each object. */
export function textOf(part: object): string {
  const known = texts.get(part);
  if (known !== undefined) return known;
  const text = JSON.stringify(part);
  texts.set(part, text);
  return text;
}
