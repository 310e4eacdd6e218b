import { list, mapOf, nullable, object, oneOf, ref, type Schema, text, whole } from './schema-parts.ts';

export const version = { incarnation: text, epoch: whole };

const shardFields = {
  home: nullable(text),
  owner: nullable(text),
  primary: nullable(text),
  previous: nullable(text),
  state: oneOf('ACTIVE', 'FREEZING'),
  epoch: whole,
  since: whole,
  operation: nullable(text),
};

const cell = { id: text, dataCenter: text, weight: whole, configuredWeight: whole };

/** Schemas of the table, the topology and the explained route. */
export const TABLE_SCHEMAS: Readonly<Record<string, Schema>> = {
  ShardRule: {
    oneOf: [
      object({ name: { const: 'digits/1' }, digits: whole, fromEnd: whole }),
      object({ name: { const: 'hash/1' }, shards: whole }),
    ],
  },
  ShardRun: object({ shards: { ...text, examples: ['00-19'] }, count: whole, ...shardFields }),
  Override: object({
    unit: text,
    weights: mapOf(whole),
    author: text,
    reason: text,
    expiresAt: nullable({ type: 'number', description: 'milliseconds since 1970' }),
  }),
  Table: object({
    ...version,
    digest: text,
    shardRule: ref('ShardRule'),
    shards: list(ref('ShardRun')),
    overrides: list(ref('Override')),
  }),
  Topology: object({
    ...version,
    topology: {
      type: 'object',
      description: 'the ruleset with every default filled in',
      properties: {
        format: { const: 1 },
        realm: text,
        shardRule: ref('ShardRule'),
        trust: { type: 'object' },
        cities: list({ type: 'object' }),
        units: list({ type: 'object' }),
        routes: list({ type: 'object' }),
      },
      required: ['format', 'realm', 'shardRule', 'trust', 'cities', 'units', 'routes'],
    },
  }),
  CellChoice: object({ ...cell, available: { type: 'boolean' }, chosen: { type: 'boolean' } }),
  ShardChoice: object({
    name: text,
    ...shardFields,
    atHome: { type: 'boolean' },
    from: oneOf('user', 'global'),
    rule: text,
    digits: nullable(object({ from: whole, to: whole })),
  }),
  Route: object({
    ...version,
    request: object({ userId: nullable(text), method: text, host: text, path: text, dataCenter: text }),
    route: nullable(object({ name: text, kind: oneOf('R', 'G', 'C'), path: text, onMissing: text })),
    shard: nullable(ref('ShardChoice')),
    unit: nullable(object({ id: text, kind: oneOf('R', 'G', 'C'), cells: list(ref('CellChoice')) })),
    outcome: object({
      kind: oneOf('forward', 'hold', 'reject'),
      reason: text,
      code: nullable(text),
      cell: nullable(text),
      dataCenter: nullable(text),
      by: nullable(oneOf('own', 'interlink')),
      epoch: nullable(whole),
    }),
  }),
};
