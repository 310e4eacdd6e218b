import { anyName, lowerName, oneOf, record, type SchemaPart, wholeNumber } from './schema-parts.ts';
import { ROUTE_SCHEMA } from './schema-route.ts';
import { UNIT_SCHEMA } from './schema-unit.ts';

const SHARDS: SchemaPart = record(
  'How a user ID becomes a shard: `{digits, fromEnd}` reads digits of the ID, `{hash: N}` takes CRC-32 modulo N. Left out: the last two digits. Never changes in the life of a realm.',
  {
    digits: wholeNumber('Number of digits: 10, 100, 1,000 or 10,000 shards. Left out: 2.', 1, 4),
    fromEnd: wholeNumber('Characters of the ID after the digits. Left out: 0.', 0, 60),
    hash: wholeNumber('Number of shards of the hash rule, for IDs that are not numeric.', 2, 65_536),
  },
);

const CITIES: SchemaPart = {
  description: 'The data centers of each city.',
  type: 'object',
  minProperties: 1,
  maxProperties: 32,
  propertyNames: lowerName('Name of a city.'),
  additionalProperties: {
    type: 'array',
    minItems: 1,
    maxItems: 16,
    items: lowerName('Name of a data center, unique in the realm.'),
  },
  examples: [{ hangzhou: ['hz-a', 'hz-b'] }],
};

const TRUST: SchemaPart = {
  ...record('Whose word about the client counts.', {
    proxies: {
      description: 'CIDR blocks of proxies whose Forwarded and X-Forwarded-* are believed.',
      type: 'array',
      maxItems: 256,
      default: [],
      items: {
        type: 'string',
        maxLength: 64,
        errorMessage: 'must be a CIDR block such as 10.0.0.0/8 or 2001:db8::/32',
        examples: ['10.0.0.0/8', '2001:db8::/32'],
      },
    },
    identityHeaders: oneOf(
      'Whose identity headers count: `trusted` proxies only, or those of `any` client (then anybody can be anybody: for demonstrations).',
      ['trusted', 'any'],
      'trusted',
    ),
  }),
  default: {},
};

/**
 * The JSON Schema of a ruleset, draft 7 (what YAML language servers know best): single source of the defaults and of the
 * bounds. `rules/ruleset.schema.json` is its published copy, tested to be equal.
 */
export const RULESET_SCHEMA: SchemaPart = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'ldc-gateway ruleset',
  ...record(
    'What people write and review: one realm’s topology and routes.',
    {
      realm: lowerName('Name of the independent deployment. Never changes.'),
      shards: SHARDS,
      survive: oneOf(
        'What the check lets die: each `dataCenter`, or also each whole `city` with every shard finding a place.',
        ['dataCenter', 'city'],
        'city',
      ),
      trust: TRUST,
      cities: CITIES,
      units: {
        description: 'The units by name.',
        type: 'object',
        minProperties: 1,
        maxProperties: 512,
        propertyNames: anyName('Name of a unit.'),
        additionalProperties: UNIT_SCHEMA,
      },
      routes: {
        description: 'The routes in the order of matching.',
        type: 'array',
        minItems: 1,
        maxItems: 1_024,
        items: ROUTE_SCHEMA,
      },
    },
    ['realm', 'cities', 'units', 'routes'],
  ),
};
