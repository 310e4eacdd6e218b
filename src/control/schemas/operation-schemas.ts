import {
  duration,
  flag,
  instant,
  list,
  mapOf,
  nullable,
  object,
  oneOf,
  ref,
  type Schema,
  text,
  whole,
} from './schema-parts.ts';
import { version } from './table-schemas.ts';

const name: Schema = { type: 'string', minLength: 1, maxLength: 100 };
const reason: Schema = { type: 'string', maxLength: 500 };
const weights: Schema = {
  type: 'object',
  maxProperties: 200,
  additionalProperties: { type: 'integer', minimum: 0, maximum: 100 },
};

/** Fields of all kinds; which kind takes which is said in words by the call (routes/plan-routes.ts). */
const planCall = object(
  {
    kind: oneOf('failover', 'failback', 'move', 'shift'),
    dataCenter: name,
    city: name,
    emergency: flag,
    shards: { type: 'string', minLength: 1, maxLength: 100_000, examples: ['00-09,40,G'] },
    to: name,
    unit: name,
    weights: nullable(weights),
    forMs: nullable({ type: 'integer', minimum: 1, maximum: 366 * 24 * 60 * 60 * 1000 }),
    overrides: { type: 'array', maxItems: 20, items: name },
  },
  ['dataCenter', 'city', 'emergency', 'shards', 'to', 'unit', 'weights', 'forMs', 'overrides'],
);

const place = object({ unit: text, dataCenter: text });
const move = object({
  shards: text,
  count: whole,
  from: place,
  to: place,
  candidates: list(place),
  copies: list(place),
});
const weightChange = object({ unit: text, weights: nullable(mapOf(whole)), expiresAt: nullable({ type: 'number' }) });
const load = object({ unit: text, before: whole, after: whole, capacity: nullable(whole) });
const homeless = object({ unit: text, shards: text, reason: text });
const verdict = object({
  rule: text,
  verdict: oneOf('satisfied', 'overridden', 'refused'),
  seen: text,
  limit: text,
  setting: nullable(text),
  next: text,
});
const kind = oneOf('move', 'primary', 'emergency', 'failback', 'shift');
const step = oneOf('check', 'drain', 'catchUp', 'choose', 'acknowledge', 'promote', 'follow', 'ended');

const reach = object({
  dataCenter: text,
  answers: oneOf('yes', 'partly', 'no', 'unknown'),
  gateways: object({ alive: whole, known: whole }),
  gate: nullable(object({ answers: flag, detail: text, ms: duration })),
});

const plan = {
  ...version,
  call: planCall,
  kind,
  moves: list(move),
  weights: list(weightChange),
  standIns: list(object({ unit: text, to: nullable(text) })),
  homeless: list(homeless),
  loads: list(load),
  movedShards: whole,
  usersAffected: { type: 'number', minimum: 0, maximum: 1 },
  pauseMs: duration,
  verdicts: list(verdict),
  allowed: flag,
  sources: list(reach),
  targets: list(reach),
  emergencyOffer: nullable(text),
  mayLoseData: flag,
};

/** Schemas of plans, operations, the switch and the audit. Bodies hold no references: each is checked by itself. */
export const OPERATION_SCHEMAS: Readonly<Record<string, Schema>> = {
  PlanCall: planCall,
  Plan: object(plan),
  StartCall: object({ plan: object(plan), reason, acceptDataLoss: flag, emergencyWhenSilent: flag }, [
    'reason',
    'acceptDataLoss',
    'emergencyWhenSilent',
  ]),
  Operation: object({
    id: text,
    incarnation: text,
    kind,
    isEmergency: flag,
    step,
    sequence: whole,
    author: text,
    reason: text,
    createdAt: instant,
    endedAt: nullable(instant),
    moves: list(move),
    weights: list(weightChange),
    movedShards: whole,
    overriddenRules: list(text),
    acceptsDataLoss: flag,
    supersedes: list(text),
    freezeEpoch: nullable(whole),
    grantEpoch: nullable(whole),
    steps: list(object({ step, startedAt: instant, endedAt: nullable(instant), detail: text })),
    lost: list(object({ shards: text, count: whole, place, lineage: whole, afterOffset: whole })),
    waiting: nullable(object({ for: list(text), until: nullable(instant) })),
    abortAskedBy: nullable(text),
    isReleased: flag,
    frozenMs: nullable(duration),
    outcome: nullable(object({ kind: oneOf('done', 'aborted'), reason: text })),
  }),
  Started: object({ outcome: oneOf('started', 'again'), operation: ref('Operation') }),
  Operations: object({ operations: list(ref('Operation')), leader: nullable(object({ node: text, term: whole })) }),
  WishCall: object({ reason }, ['reason']),
  FreezeAllCall: object({ on: flag, reason }, ['reason']),
  FreezeAll: object({ on: flag, author: nullable(text), reason: text, at: nullable(instant) }),
  Audit: object({
    records: list(
      object({
        epoch: whole,
        incarnation: text,
        at: instant,
        author: text,
        role: text,
        action: text,
        reason: text,
        id: text,
        changes: list(text),
        hash: text,
      }),
    ),
    next: nullable(whole),
  }),
  AuditVerification: object({
    whole: flag,
    count: whole,
    first: nullable(whole),
    last: nullable(whole),
    problem: nullable(text),
  }),
  Refusal: object({ verdicts: list(verdict), next: text }),
};
