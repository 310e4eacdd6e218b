import { unitFields } from './gateway-schemas.ts';
import { duration, flag, list, nullable, object, oneOf, ref, type Schema, text, whole } from './schema-parts.ts';
import { version } from './table-schemas.ts';

const shardSet = object({ shards: text, count: whole });

/** Schemas of the status and of the open answers. */
export const STATUS_SCHEMAS: Readonly<Record<string, Schema>> = {
  Health: object({ status: { const: 'ok' }, node: text, version: text }),
  Finding: object({ severity: oneOf('problem', 'note'), text }),
  Away: object({
    shards: text,
    count: whole,
    home: nullable(text),
    homePrimary: nullable(text),
    owner: nullable(text),
    primary: nullable(text),
    state: oneOf('ACTIVE', 'FREEZING'),
    operation: nullable(text),
  }),
  UnitStatus: object({
    ...unitFields,
    primary: nullable(text),
    capacity: nullable(whole),
    home: shardSet,
    owned: shardSet,
  }),
  Status: object({
    version: text,
    realm: text,
    summary: text,
    allWell: flag,
    findings: list(ref('Finding')),
    table: nullable(object({ ...version, digest: text, shardCount: whole })),
    ruleset: nullable(ref('RulesetInfo')),
    units: list(ref('UnitStatus')),
    away: list(ref('Away')),
    overrides: list(ref('Override')),
    gateways: list(ref('Gateway')),
    badRecords: list(ref('BadRecord')),
    readMsAgo: nullable(duration),
  }),
};
