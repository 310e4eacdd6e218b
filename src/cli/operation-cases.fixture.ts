import type { CliWorld } from '../../test/support/cli-recorder.ts';
import type { RecordedAnswer, Recording } from '../../test/support/recorded-control.ts';
import { systemCliEnvironment } from '../app/cli-environment.ts';
import type { OperationView, PlanAnswer } from '../control/api-types.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import type { CliEnvironment } from './cli-environment.ts';
import { EventStreamParser } from './event-stream.ts';
import {
  ABORTED,
  ACCEPTED,
  ASKING,
  BEGIN,
  BEGUN,
  CATCHING_UP,
  DEAD_PLAN,
  DONE,
  DRAINING,
  EMERGENCY_BEGUN,
  EMERGENCY_PLAN,
  FAILOVER_PLAN,
  FOLLOWING,
  HEAD_ROOM_REFUSED,
  ID,
  PROMOTING,
  SATISFIED,
  SERVED_WITHOUT_LOSER,
  SHIFT_PLAN,
} from './operation-answers.fixture.ts';

const PLANS = 'POST /v1/plans';
const START = 'POST /v1/operations';
const GET = `GET /v1/operations/${ID}`;
export const EVENTS = `${GET}/events`;
const ABORT = `POST /v1/operations/${ID}/abort`;
const ACCEPT = `POST /v1/operations/${ID}/accept-data-loss`;

export function eventsOf(...views: readonly OperationView[]): RecordedAnswer {
  return { events: views.map((view) => [view.outcome === null ? 'operation' : 'end', view]) };
}

export function refused(code: ErrorCode, detail: string, extra: object = {}): RecordedAnswer {
  const { status, message, next } = ERRORS[code];
  return { status, body: { error: { code, message, detail, next }, ...extra } };
}

export function startOf(plan: PlanAnswer, begun: OperationView, ...events: readonly RecordedAnswer[]): Recording {
  return { [PLANS]: [{ body: plan }], [START]: [{ body: { outcome: 'started', operation: begun } }], [EVENTS]: events };
}

const whole = eventsOf(BEGUN, DRAINING, CATCHING_UP, PROMOTING, FOLLOWING, DONE);
const planned = (plan: PlanAnswer): Recording => ({ [PLANS]: [{ body: plan }] });

/** No time passes, so that what is printed is the same on a slow machine. */
export const STILL: Partial<CliEnvironment> = { every: () => () => {}, monotonicMs: () => 0 };

/** Time stands still until the shards are served again; then a minute passes. */
function minuteAfterRelease(): Partial<CliEnvironment> {
  const { stream } = systemCliEnvironment('0.1.0');
  let now = 0;
  let passTime = (): void => {};
  return {
    monotonicMs: () => now,
    every: (_, tick) => {
      passTime = () => {
        now += 60_000;
        tick();
      };
      return () => {};
    },
    stream: (call) => {
      const parser = new EventStreamParser();
      const onText = (text: string): void => {
        call.onText(text);
        if (parser.push(text)?.some(({ data }) => data.includes('"isReleased":true')) === true) passTime();
      };
      return stream({ ...call, onText });
    },
  };
}

const refusedPlan: PlanAnswer = {
  ...FAILOVER_PLAN,
  verdicts: SATISFIED.map((verdict) => (verdict.rule === HEAD_ROOM_REFUSED.rule ? HEAD_ROOM_REFUSED : verdict)),
  allowed: false,
};
const overriddenPlan: PlanAnswer = {
  ...refusedPlan,
  verdicts: refusedPlan.verdicts.map((verdict) =>
    verdict.verdict === 'refused' ? { ...verdict, verdict: 'overridden', next: '' } : verdict,
  ),
  allowed: true,
};
const NO_ROOM = '5 shards of unit RZ05 find no room at RZ01, RZ03';
const homelessPlan: PlanAnswer = {
  ...EMERGENCY_PLAN,
  homeless: [{ unit: 'RZ05', shards: '95-99', reason: NO_ROOM }],
  verdicts: SATISFIED.map((verdict) =>
    verdict.rule === 'every-shard-placed'
      ? {
          ...verdict,
          verdict: 'refused',
          seen: NO_ROOM,
          limit: 'every shard that must move has a unit that takes it',
          next: 'bring a remote target back, or give it more capacity, or override the rule every-shard-placed',
        }
      : verdict,
  ),
  allowed: false,
};

/** Name → what control answers, command line, world. */
export const OPERATION_CASES: Readonly<Record<string, readonly [Recording, line: string, world?: CliWorld]>> = {
  'failover-dry-run': [planned(FAILOVER_PLAN), 'failover dc sz-a --dry-run'],
  'failover-declined': [planned(FAILOVER_PLAN), 'failover dc sz-a', { answer: 'n' }],
  failover: [startOf(FAILOVER_PLAN, BEGUN, whole), 'failover dc sz-a --reason drill', { answer: 'y' }],
  'failover-terminal': [
    startOf(FAILOVER_PLAN, BEGUN, eventsOf(BEGUN, DRAINING, DONE)),
    'failover dc sz-a --yes',
    { isTerminal: true, variables: { NO_COLOR: '1' } },
  ],
  'failover-aborted': [
    startOf(FAILOVER_PLAN, BEGUN, eventsOf(BEGUN, DRAINING, CATCHING_UP, ABORTED)),
    'failover dc sz-a --yes',
  ],
  'failover-refused': [planned(refusedPlan), 'failover dc sz-a --yes'],
  'failover-overridden': [planned(overriddenPlan), 'failover dc sz-a --dry-run --override capacity-head-room'],
  'failover-dead': [planned(DEAD_PLAN), 'failover dc sz-a --yes'],
  'failover-dead-asked': [
    { [PLANS]: [{ body: DEAD_PLAN }, { body: EMERGENCY_PLAN }] },
    'failover dc sz-a',
    { answer: 'y', over: { ask: answers('y', 'n') } },
  ],
  'failover-emergency': [
    {
      ...startOf(EMERGENCY_PLAN, EMERGENCY_BEGUN, eventsOf(EMERGENCY_BEGUN, ASKING), {
        ...eventsOf(SERVED_WITHOUT_LOSER),
        ending: 'silence',
      }),
      [ACCEPT]: [{ body: ACCEPTED }],
    },
    'failover dc sz-a --emergency',
    { answer: 'y', over: minuteAfterRelease() },
  ],
  'failover-emergency-unattended': [
    startOf(EMERGENCY_PLAN, EMERGENCY_BEGUN, eventsOf(EMERGENCY_BEGUN, ASKING), eventsOf(ACCEPTED, DONE)),
    'failover dc sz-a --emergency --yes',
  ],
  'failover-homeless': [planned(homelessPlan), 'failover dc sz-a --emergency --dry-run'],
  'failover-unattended': [{}, 'failover dc sz-a'],
  'failover-unknown': [
    {
      [PLANS]: [
        refused('PLAN_IMPOSSIBLE', 'no data center "mars" in the ruleset', {
          refusal: { verdicts: [], next: 'take one of hz-a, hz-b, sh-a, sh-b, sz-a' },
        }),
      ],
    },
    'failover dc mars --yes',
  ],
  'failover-no-word': [{}, 'failover sz-a now'],
  'failover-bad-override': [{}, 'failover dc sz-a --override Everything! --yes'],
  'failover-viewer': [
    {
      [PLANS]: [{ body: FAILOVER_PLAN }],
      [START]: [refused('FORBIDDEN', 'viewer-1 is a viewer, an operator is needed')],
    },
    'failover dc sz-a --yes',
  ],
  'failover-refused-late': [
    {
      [PLANS]: [{ body: FAILOVER_PLAN }],
      [START]: [
        refused('OPERATION_REFUSED', 'capacity-head-room', { refusal: { verdicts: refusedPlan.verdicts, next: '' } }),
      ],
    },
    'failover dc sz-a --yes',
  ],
  'failover-conflict': [
    { [PLANS]: [{ body: FAILOVER_PLAN }], [START]: [refused('CONFLICT', 'planned on epoch 7, epoch 9 runs')] },
    'failover dc sz-a --yes',
  ],
  'failover-city-dry-run': [
    planned({
      ...FAILOVER_PLAN,
      call: { kind: 'failover', city: 'hangzhou' },
      moves: [
        ...FAILOVER_PLAN.moves,
        {
          shards: 'G',
          count: 1,
          from: { unit: 'GZ00', dataCenter: 'hz-a' },
          to: { unit: 'GZ01', dataCenter: 'sh-a' },
          candidates: [],
          copies: [],
        },
      ],
      weights: [{ unit: 'RZ02', weights: null, expiresAt: null }],
      standIns: [{ unit: 'CZHZ', to: null }],
      loads: [...FAILOVER_PLAN.loads, { unit: 'RZ09', before: 0, after: 12, capacity: 10 }],
      movedShards: 21,
    }),
    'failover city hangzhou --dry-run',
  ],
  'failback-dry-run': [
    planned({ ...FAILOVER_PLAN, call: { kind: 'failback', city: 'shenzhen' }, kind: 'failback', standIns: [] }),
    'failback city shenzhen --dry-run',
  ],
  'move-no-target': [{}, 'move 00-09 --yes'],
  'move-bad-shards': [{}, 'move first --to RZ02 --yes'],
  'shift-dry-run': [planned(SHIFT_PLAN), 'shift RZ01 RZ01A=100 RZ01B=0 --for 30m --dry-run'],
  'shift-bad-weight': [{}, 'shift RZ01 RZ01A=many --yes'],
  'shift-bad-time': [{}, 'shift RZ01 RZ01A=100 --for ever --yes'],
  'shift-nothing': [{}, 'shift RZ01 --yes'],
  operations: [
    {
      'GET /v1/operations': [
        { body: { operations: [DRAINING, DONE, ABORTED], leader: { node: 'control-2', term: 4 } } },
      ],
    },
    'operations',
  ],
  'operations-no-leader': [
    { 'GET /v1/operations': [{ body: { operations: [DRAINING], leader: null } }] },
    'operations',
  ],
  'operations-none': [
    { 'GET /v1/operations': [{ body: { operations: [], leader: { node: 'control-2', term: 4 } } }] },
    'operations',
  ],
  'operations-one': [{ [GET]: [{ body: DRAINING }], [EVENTS]: [eventsOf(CATCHING_UP, DONE)] }, `operations ${ID}`],
  'operations-ended': [{ [GET]: [{ body: ABORTED }] }, `operations ${ID}`],
  abort: [{ [ABORT]: [{ body: DRAINING }], [EVENTS]: [eventsOf(ABORTED)] }, `abort ${ID} --reason mistake`],
  'abort-past': [
    { [ABORT]: [refused('OPERATION_PAST', `operation ${ID} granted its shards at epoch 9`)] },
    `abort ${ID}`,
  ],
  'abort-too-late': [{ [ABORT]: [{ body: PROMOTING }], [EVENTS]: [eventsOf(DONE)] }, `abort ${ID}`],
  'accept-data-loss': [
    { [GET]: [{ body: ASKING }], [ACCEPT]: [{ body: ACCEPTED }], [EVENTS]: [eventsOf(ACCEPTED, DONE)] },
    `accept-data-loss ${ID} --yes`,
  ],
  'freeze-all-on': [
    { 'PUT /v1/freeze-all': [{ body: { on: true, author: 'operator-1', reason: 'audit day', at: BEGIN } }] },
    'freeze-all on',
  ],
  'freeze-all-off': [
    { 'PUT /v1/freeze-all': [{ body: { on: false, author: 'operator-1', reason: '', at: BEGIN } }] },
    'freeze-all off',
  ],
  'operations-unknown': [{ [GET]: [refused('NO_OPERATION', ID)] }, `operations ${ID}`],
  'freeze-all-bad': [{}, 'freeze-all maybe'],
  audit: [
    { 'GET /v1/audit': [{ body: { records: [auditRecord(9, 'grant'), auditRecord(8, 'freeze')], next: 8 } }] },
    'audit',
  ],
  'audit-verify': [
    { 'GET /v1/audit/verify': [{ body: { whole: true, count: 9, first: 1, last: 9, problem: null } }] },
    'audit verify',
  ],
  'audit-verify-broken': [
    {
      'GET /v1/audit/verify': [
        {
          body: { whole: false, count: 9, first: 1, last: 9, problem: 'record 6 does not carry the hash of record 5' },
        },
      ],
    },
    'audit verify',
  ],
};

function answers(...given: readonly string[]): (question: string) => Promise<string | null> {
  let asked = 0;
  return async () => {
    asked += 1;
    return given[(asked - 1) % given.length] ?? null;
  };
}

function auditRecord(epoch: number, action: string): object {
  return {
    epoch,
    incarnation: 'inc-1',
    at: BEGIN,
    author: 'operator-1',
    role: 'operator',
    action,
    reason: 'drill',
    id: ID,
    changes: [`shards 80-89: RZ05 → RZ01 (${action})`],
    hash: 'ab12',
  };
}
