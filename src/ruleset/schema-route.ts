import { flag, oneOf, record, type SchemaPart, text, wholeNumber } from './schema-parts.ts';

/** RFC 9110 token. */
const TOKEN = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";
const token = (description: string): SchemaPart => text(description, TOKEN, 128, 'must be an HTTP token');
const visible = (description: string): SchemaPart =>
  text(description, '^[!-~]+$', 256, 'must be 1 to 256 visible ASCII characters');

const SESSION_PREFIX: SchemaPart = {
  ...text('Goes before the cookie’s value in the Redis key.', '^[!-~]*$', 128, 'must be visible ASCII'),
  default: 'session:',
};

/** Where a user ID can stand: a mapping of exactly one of these. */
const SOURCE: SchemaPart = {
  ...record('One place to look for the user ID.', {
    header: token('Value of a request header; counts only as `trust.identityHeaders` says.'),
    cookie: token('Value of a cookie.'),
    query: text(
      'Value of a query parameter.',
      '^[A-Za-z0-9._~-]+$',
      128,
      'must be 1 to 128 of A-Z, a-z, 0-9 and . _ ~ -',
    ),
    path: wholeNumber('Segment of the path; 0 is the one after the first slash.', 0, 31),
    jwt: record(
      'Claim of a verified token: `Authorization: Bearer`, or a cookie.',
      {
        claim: visible('Name of the claim.'),
        issuer: visible('Issuer whose key set verifies the token.'),
        audience: visible('Audience that the token must have. Left out: any.'),
        cookie: token('Cookie that has the token instead of Authorization.'),
      },
      ['claim', 'issuer'],
    ),
    session: record(
      'Cookie whose value is looked up in Redis: `GET <prefix><value>` gives the user ID.',
      { cookie: token('Name of the cookie.'), prefix: SESSION_PREFIX },
      ['cookie'],
    ),
  }),
  minProperties: 1,
  maxProperties: 1,
  errorMessage: 'must be exactly one of header, cookie, query, path, jwt, session',
};

const ON_MISSING: SchemaPart = {
  description:
    'No source names a user. `reject`: 400. `global`: the G unit serves it. `local`: a shard owned in this data center, by the client’s address. `hash: SOURCE`: a shard by the hash of another key.',
  type: ['string', 'object'],
  default: 'reject',
  pattern: '^(reject|global|local)$',
  properties: { hash: SOURCE },
  required: ['hash'],
  additionalProperties: false,
  examples: ['reject', 'global', 'local', { hash: { cookie: 'visitor' } }],
  errorMessage: 'must be reject, global, local, or a mapping hash: SOURCE',
};

const TIMEOUTS: SchemaPart = {
  ...record('Time limits in milliseconds; each has its own error code.', {
    identityMs: wholeNumber('Look-up of the user ID (session, key set).', 1, 60_000, 1_000),
    connectMs: wholeNumber('Connection to an instance.', 1, 60_000, 1_000),
    responseHeadMs: wholeNumber('End of the request until the head of the answer.', 1, 600_000, 30_000),
    bodyIdleMs: wholeNumber('Longest silence inside a body, either way.', 1, 3_600_000, 60_000),
    requestMs: wholeNumber(
      'Whole request; 0: not limited (long polls, server-sent events that never end). Upgrades are never limited by it.',
      0,
      86_400_000,
      3_600_000,
    ),
  }),
  default: {},
};

const HOLD: SchemaPart = {
  ...record('What one gateway keeps waiting while a shard moves.', {
    maxRequests: wholeNumber('Requests held at once.', 1, 1_000_000, 10_000),
    maxBytes: wholeNumber('Bytes of their bodies held at once.', 1, 1_073_741_824, 67_108_864),
    maxMs: wholeNumber('Milliseconds that one request is held.', 1, 60_000, 10_000),
  }),
  default: {},
};

/** One route; what depends on its kind is checked in check-routes.ts. */
export const ROUTE_SCHEMA: SchemaPart = record(
  'Requests that match go to a unit of the kind. The first route that matches wins.',
  {
    name: text(
      'Name, unique; stands in logs and metrics.',
      '^[a-z0-9]+(-[a-z0-9]+)*$',
      64,
      'must be 1 to 64 of a-z, 0-9 and single hyphens',
    ),
    hosts: {
      description: 'Host names without port; `*.example.com` matches one or more labels. Empty: any.',
      type: 'array',
      maxItems: 64,
      default: [],
      items: { type: 'string', maxLength: 255, errorMessage: 'must be a host name, or *. and a host name' },
    },
    path: {
      description: '`/exact`, or `/prefix/*` for `/prefix` and everything below it; `/*` matches all.',
      type: 'string',
      maxLength: 1_024,
      errorMessage: 'must be a path such as /login or /catalog/*',
      examples: ['/*', '/catalog/*', '/login'],
    },
    methods: {
      description: 'Methods. Empty: any.',
      type: 'array',
      maxItems: 16,
      default: [],
      items: text('A method.', '^[A-Z][A-Z-]{0,31}$', 32, 'must be a method in capital letters'),
    },
    kind: oneOf('R: the owner of the user’s shard. G: the global unit. C: the nearest copy, safe methods only.', [
      'R',
      'G',
      'C',
    ]),
    identity: {
      description: 'Where to look for the user ID, in order. Sources that disagree are refused.',
      type: 'array',
      maxItems: 8,
      default: [],
      items: SOURCE,
    },
    onMissing: ON_MISSING,
    onUnavailable: oneOf(
      'The session store or key set is slow or down and no other source names the user: `reject` with 503, or treat as `missing`.',
      ['reject', 'missing'],
      'reject',
    ),
    strict: flag('Reads follow the rules of writes: never stale, held while the shard moves.'),
    idempotencyKey: flag(
      'The application honours Idempotency-Key: a request that carries one may be sent again when its outcome is unknown.',
    ),
    priority: wholeNumber('0 is shed last under overload.', 0, 9, 5),
    limits: {
      ...record('Sizes.', { bodyBytes: wholeNumber('Longest request body in bytes.', 1, 10_737_418_240, 67_108_864) }),
      default: {},
    },
    timeouts: TIMEOUTS,
    hold: HOLD,
  },
  ['name', 'path', 'kind'],
);
