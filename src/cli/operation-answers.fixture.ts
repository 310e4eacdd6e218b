import type {
  OperationStepView,
  OperationView,
  PlanAnswer,
  SafetyVerdictView,
  StepView,
} from '../control/api-types.ts';

/** Answers of a control node about operations, as they were recorded; all times are counted from 03:04:05 UTC. */
export const BEGIN = Date.UTC(2026, 0, 2, 3, 4, 5);
export const ID = 'op-7f3a';

const satisfied = (rule: string): SafetyVerdictView => ({
  rule,
  verdict: 'satisfied',
  seen: 'as it should be',
  limit: 'its limit',
  setting: null,
  next: '',
});

export const SATISFIED: readonly SafetyVerdictView[] = [
  'operations-allowed',
  'one-operation-per-shard',
  'every-shard-placed',
  'global-unit-alive',
  'capacity-head-room',
  'moving-shards',
  'quiet-time',
].map(satisfied);

export const HEAD_ROOM_REFUSED: SafetyVerdictView = {
  rule: 'capacity-head-room',
  verdict: 'refused',
  seen: 'RZ01 would have 39 of 40 shards, RZ03 would have 38 of 40 shards',
  limit: '10 % of the capacity stay free',
  setting: 'safety.headRoomPercent',
  next: 'raise the capacity of these units, or move fewer shards to them, or override the rule capacity-head-room',
};

const alive = (dataCenter: string, ms: number): PlanAnswer['sources'][number] => ({
  dataCenter,
  answers: 'yes',
  gateways: { alive: 1, known: 1 },
  gate: { answers: true, detail: '', ms },
});

const MOVES: PlanAnswer['moves'] = [
  {
    shards: '80-89',
    count: 10,
    from: { unit: 'RZ05', dataCenter: 'sz-a' },
    to: { unit: 'RZ01', dataCenter: 'hz-a' },
    candidates: [],
    copies: [],
  },
  {
    shards: '90-99',
    count: 10,
    from: { unit: 'RZ05', dataCenter: 'sz-a' },
    to: { unit: 'RZ03', dataCenter: 'sh-a' },
    candidates: [],
    copies: [],
  },
];

/** `failover dc sz-a`: 20 shards to two remote units. */
export const FAILOVER_PLAN: PlanAnswer = {
  incarnation: 'inc-1',
  epoch: 7,
  call: { kind: 'failover', dataCenter: 'sz-a' },
  kind: 'move',
  moves: MOVES,
  weights: [],
  standIns: [{ unit: 'CZSZ', to: 'CZHZ' }],
  homeless: [],
  loads: [
    { unit: 'RZ01', before: 20, after: 30, capacity: 40 },
    { unit: 'RZ03', before: 20, after: 30, capacity: 40 },
    { unit: 'RZ05', before: 20, after: 0, capacity: 60 },
  ],
  movedShards: 20,
  usersAffected: 0.2,
  pauseMs: 250,
  verdicts: SATISFIED,
  allowed: true,
  sources: [alive('sz-a', 3.2)],
  targets: [alive('hz-a', 2.1), alive('sh-a', 2.4)],
  emergencyOffer: null,
  mayLoseData: false,
};

const silent: PlanAnswer['sources'] = [
  {
    dataCenter: 'sz-a',
    answers: 'no',
    gateways: { alive: 0, known: 1 },
    gate: { answers: false, detail: 'ECONNREFUSED', ms: 1 },
  },
];

/** sz-a is dead, and nobody said `--emergency`. */
export const DEAD_PLAN: PlanAnswer = {
  ...FAILOVER_PLAN,
  sources: silent,
  emergencyOffer: 'sz-a does not answer, so a planned move cannot work: it needs its data gate and its guards.',
};

export const EMERGENCY_PLAN: PlanAnswer = {
  ...FAILOVER_PLAN,
  call: { kind: 'failover', dataCenter: 'sz-a', emergency: true },
  kind: 'emergency',
  sources: silent,
  pauseMs: 3400,
  mayLoseData: true,
};

export const SHIFT_PLAN: PlanAnswer = {
  ...FAILOVER_PLAN,
  call: { kind: 'shift', unit: 'RZ01', weights: { RZ01A: 100, RZ01B: 0 }, forMs: 1_800_000 },
  kind: 'shift',
  moves: [],
  weights: [{ unit: 'RZ01', weights: { RZ01A: 100, RZ01B: 0 }, expiresAt: BEGIN + 1_800_000 }],
  standIns: [],
  loads: [{ unit: 'RZ01', before: 20, after: 20, capacity: 40 }],
  movedShards: 0,
  usersAffected: 0,
  pauseMs: 0,
  sources: [],
  targets: [],
};

const OPERATION: OperationView = {
  id: ID,
  incarnation: 'inc-1',
  kind: 'move',
  isEmergency: false,
  step: 'check',
  sequence: 1,
  author: 'operator-1',
  reason: 'drill',
  createdAt: BEGIN,
  endedAt: null,
  moves: MOVES,
  weights: [],
  movedShards: 20,
  overriddenRules: [],
  acceptsDataLoss: false,
  supersedes: [],
  freezeEpoch: null,
  grantEpoch: null,
  steps: [],
  lost: [],
  waiting: { for: ['answers of the targets'], until: BEGIN + 5_000 },
  abortAskedBy: null,
  frozenMs: null,
  isReleased: false,
  outcome: null,
};

type Ended = readonly [step: OperationStepView, ms: number, detail: string];

/** An operation whose first steps took so long, and which is at `step` now. */
export function operationAt(
  step: OperationStepView,
  ended: readonly Ended[],
  over: Partial<OperationView> = {},
): OperationView {
  let at = BEGIN;
  const steps = ended.map(([name, ms, detail]): StepView => {
    const startedAt = at;
    at += ms;
    return { step: name, startedAt, endedAt: at, detail };
  });
  const present: StepView[] = step === 'ended' ? [] : [{ step, startedAt: at, endedAt: null, detail: '' }];
  return { ...OPERATION, step, sequence: 1 + ended.length, steps: [...steps, ...present], ...over };
}

const CHECK: Ended = ['check', 12, 'targets alive, lag within its limit'];
const DRAIN: Ended = ['drain', 131, 'fenced; every guard acknowledged'];
const CATCH_UP: Ended = ['catchUp', 64, 'every target has every write of its source'];
const PROMOTE: Ended = ['promote', 38, 'every target was promoted'];
const FOLLOW: Ended = ['follow', 41, 'every copy follows its new owner'];

const waiting = (text: string, afterMs: number | null): Partial<OperationView> => ({
  waiting: { for: [text], until: afterMs === null ? null : BEGIN + afterMs },
});

export const BEGUN = operationAt('check', []);
export const DRAINING = operationAt('drain', [CHECK], { freezeEpoch: 8, ...waiting('guards of RZ05', 8_012) });
export const CATCHING_UP = operationAt('catchUp', [CHECK, DRAIN], {
  freezeEpoch: 8,
  ...waiting('caughtUp RZ01@hz-a', 8_012),
});
export const PROMOTING = operationAt('promote', [CHECK, DRAIN, CATCH_UP], {
  freezeEpoch: 8,
  grantEpoch: 9,
  ...waiting('promote RZ01@hz-a', null),
});
export const FOLLOWING = operationAt('follow', [CHECK, DRAIN, CATCH_UP, PROMOTE], {
  freezeEpoch: 8,
  grantEpoch: 9,
  frozenMs: 233,
  isReleased: true,
  ...waiting('follow RZ05@sz-a', null),
});
export const DONE = operationAt('ended', [CHECK, DRAIN, CATCH_UP, PROMOTE, FOLLOW], {
  freezeEpoch: 8,
  grantEpoch: 9,
  frozenMs: 233,
  isReleased: true,
  waiting: null,
  endedAt: BEGIN + 286,
  outcome: { kind: 'done', reason: 'every copy follows its new owner' },
});

const LATE = 'not finished within the longest freeze (operations.freezeCapMs): caughtUp RZ01@hz-a (lag 120 entries)';
export const ABORTED = operationAt('ended', [CHECK, DRAIN, ['catchUp', 7_900, LATE]], {
  freezeEpoch: 8,
  frozenMs: 8_031,
  waiting: null,
  endedAt: BEGIN + 8_043,
  outcome: { kind: 'aborted', reason: LATE },
});

const LOST: OperationView['lost'] = [
  { shards: '80-99', count: 20, place: { unit: 'RZ01', dataCenter: 'hz-a' }, lineage: 1, afterOffset: 48_213 },
];
const EMERGENCY: Partial<OperationView> = { kind: 'emergency', isEmergency: true, freezeEpoch: 8 };
const NOT_CHECKED: Ended = ['check', 9, 'emergency: not checked'];
const W_PASSED: Ended = ['drain', 3_271, 'W passed'];
const CHOSEN: Ended = ['choose', 43, 'the most advanced copies were chosen'];

export const EMERGENCY_BEGUN = operationAt('check', [], { kind: 'emergency', isEmergency: true });
export const ASKING = operationAt('acknowledge', [NOT_CHECKED, W_PASSED, CHOSEN], {
  ...EMERGENCY,
  lost: LOST,
  ...waiting('somebody who accepts the recorded loss', 603_323),
});
export const ACCEPTED = operationAt(
  'promote',
  [NOT_CHECKED, W_PASSED, CHOSEN, ['acknowledge', 5_100, 'operator-1 accepted the range that may be lost']],
  { ...EMERGENCY, grantEpoch: 9, lost: LOST, acceptsDataLoss: true, ...waiting('promote RZ01@hz-a', null) },
);
export const SERVED_WITHOUT_LOSER = operationAt(
  'follow',
  [
    NOT_CHECKED,
    W_PASSED,
    CHOSEN,
    ['acknowledge', 5_100, 'operator-1 accepted the range that may be lost'],
    ['promote', 36, 'every target was promoted'],
  ],
  {
    ...EMERGENCY,
    grantEpoch: 9,
    lost: LOST,
    acceptsDataLoss: true,
    frozenMs: 8_450,
    isReleased: true,
    ...waiting('fence RZ05@sz-a (ECONNREFUSED)', null),
  },
);
