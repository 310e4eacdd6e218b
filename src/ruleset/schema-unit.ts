import { anyName, lowerName, oneOf, record, type SchemaPart, text, wholeNumber } from './schema-parts.ts';

const HEALTH_PATH: SchemaPart = {
  ...text('Target of the check, a GET.', '^/[!-~]*$', 256, 'must be a path of visible ASCII that begins with /'),
  default: '/healthz',
};

const HEALTH: SchemaPart = {
  ...record('Active health checks of the cell’s instances.', {
    path: HEALTH_PATH,
    intervalMs: wholeNumber('Milliseconds between two checks of an instance.', 50, 300_000, 1_000),
    timeoutMs: wholeNumber('Milliseconds until a check has failed; at most intervalMs.', 10, 60_000, 500),
    unhealthyAfter: wholeNumber('Failures in a row until an instance counts as unhealthy.', 1, 100, 3),
    healthyAfter: wholeNumber('Successes in a row until it counts as healthy again.', 1, 100, 2),
  }),
  default: {},
};

const TLS: SchemaPart = record('TLS towards the instances, always verified. Left out: plain HTTP.', {
  serverName: text(
    'Name that the certificate must have. Left out: the host of the instance.',
    '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$',
    253,
    'must be a host name in lower case',
  ),
  ca: text(
    'PEM of the accepted authorities (write it as a `|` block). Left out: those of the system.',
    '^\\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s-]+-----END CERTIFICATE-----\\s*$',
    65_536,
    'must be one or several PEM certificates',
  ),
});

const CELL: SchemaPart = record(
  'The unit’s deployment in one data center.',
  {
    dataCenter: lowerName('One of `cities`.'),
    weight: wholeNumber(
      'Share of the unit’s users in percent; the weights of a unit’s cells add up to 100. R and G only; an only cell may leave it out.',
      0,
      100,
    ),
    instances: {
      description: 'Addresses of the cell. Empty: its instances register themselves and stay by heartbeat.',
      type: 'array',
      maxItems: 256,
      default: [],
      items: {
        description: '`host:port`, `[ipv6]:port`, or `dns:name:port` for a name that is resolved again and again.',
        type: 'string',
        maxLength: 300,
        errorMessage: 'must be host:port, [ipv6]:port or dns:name:port',
        examples: ['10.0.0.5:8080', '[2001:db8::5]:8080', 'dns:ledger.internal:8080'],
      },
    },
    tls: TLS,
    health: HEALTH,
    maxConcurrent: wholeNumber('Most requests in flight to the cell from one gateway.', 1, 1_000_000, 1_024),
  },
  ['dataCenter'],
);

const HOME: SchemaPart = {
  description:
    'R: the shards that belong to the unit, written as wide as the largest shard, as ranges: `00-19` or `00-04, 10, 15-19` or a list of these. G: `G` for the unit that has the global shard, nothing for a standby.',
  type: ['string', 'integer', 'array'],
  items: { type: ['string', 'integer'] },
  examples: ['00-19', '00-04, 10, 15-19', 'G'],
  errorMessage: 'must be shards such as 00-19, or 00-04, 10, 15-19, or a list of these, or G',
};

/** One unit; what depends on its kind (who has a home, a capacity, weights) is checked in check-units.ts. */
export const UNIT_SCHEMA: SchemaPart = record(
  'The logical owner of a set of shards.',
  {
    kind: oneOf('R: sharded by user. G: the global shard. C: one copy per city, safe methods only.', ['R', 'G', 'C']),
    home: HOME,
    primary: lowerName(
      'R and G: the data center whose copy takes the writes, one of the cells’. A unit of one cell may leave it out.',
    ),
    cells: {
      description: 'The cells by name. All in one city, at most one per data center.',
      type: 'object',
      minProperties: 1,
      maxProperties: 16,
      propertyNames: anyName('Name of a cell, unique in the realm.'),
      additionalProperties: CELL,
    },
    remoteTargets: {
      description: 'Units of the same kind in other cities that can take over, the preferred one first.',
      type: 'array',
      maxItems: 16,
      default: [],
      items: anyName('Name of a unit.'),
    },
    capacity: wholeNumber('R only, required there: most shards that the unit can serve at once.', 1, 65_536),
    storeLost: oneOf(
      'What guards do when the store is lost: `fence` stops writes after the horizon, `serve` goes on (then an emergency needs the old guards’ word).',
      ['fence', 'serve'],
      'fence',
    ),
  },
  ['kind', 'cells'],
);
