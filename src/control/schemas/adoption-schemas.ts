import {
  duration,
  flag,
  instant,
  list,
  nullable,
  object,
  oneOf,
  ref,
  type Schema,
  text,
  whole,
} from './schema-parts.ts';
import { version } from './table-schemas.ts';

const place = object({ unit: text, dataCenter: text });
const shardSet = { shards: text, count: whole };
const versionOnly = object({ ...version });

/** Schemas of the calls about adopting a restored store. */
export const ADOPTION_SCHEMAS: Readonly<Record<string, Schema>> = {
  AdoptionRecord: object({
    id: text,
    author: text,
    reason: text,
    createdAt: instant,
    from: versionOnly,
    incarnation: text,
    freezeEpoch: whole,
    grantEpoch: nullable(whole),
    givenUp: list(text),
    acceptsLoss: flag,
    superseded: list(text),
    owners: list(object({ ...shardSet, place, by: text })),
    frozen: list(object({ ...shardSet, reason: text })),
    step: oneOf('wait', 'fence', 'promote', 'follow', 'ended'),
    steps: list(object({ step: text, endedAt: instant, detail: text })),
    isReleased: flag,
    waiting: nullable(object({ for: list(text), leftMs: nullable(duration) })),
  }),
  Adoption: object({
    realm: text,
    store: versionOnly,
    evidence: list(text),
    highest: object({ ...version, by: text }),
    gates: list(object({ dataCenter: text, answers: flag, detail: text, highest: nullable(versionOnly) })),
    shards: list(
      object({
        ...shardSet,
        backup: nullable(place),
        owner: nullable(place),
        by: nullable(oneOf('promoted', 'most advanced', 'backup')),
        reason: text,
      }),
    ),
    openOperations: list(text),
    windowMs: duration,
    adoption: nullable(ref('AdoptionRecord')),
  }),
  AdoptionCall: object(
    {
      id: { type: 'string', pattern: '^[A-Za-z0-9_-]{8,64}$' },
      store: versionOnly,
      reason: { type: 'string', maxLength: 500 },
      giveUp: { type: 'array', maxItems: 100, items: { type: 'string', minLength: 1, maxLength: 100 } },
      acceptDataLoss: flag,
      force: flag,
    },
    ['reason', 'giveUp', 'acceptDataLoss', 'force'],
  ),
  AdoptionProgress: object({ adoption: nullable(ref('AdoptionRecord')) }),
  AdoptionStarted: object({ outcome: oneOf('started', 'again', 'joined'), adoption: ref('AdoptionRecord') }),
};
