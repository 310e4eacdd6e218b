import { flag, oneOf, record, type SchemaPart, text, wholeNumber } from '../../src/ruleset/schema-parts.ts';

const DAY_MS = 86_400_000;
const TARGET_RULE =
  'must be `dc NAME`, `city NAME`, `process NAME`, `store`, `store leader` or `control leader` (where a link ends also `others`)';
const GROUP_RULE = 'must be 1 to 32 of a-z, 0-9 and hyphens, a letter first';

const ms = (description: string, fallback?: number, least = 0): SchemaPart =>
  wholeNumber(description, least, 7 * DAY_MS, fallback);
const words = (description: string, maxLength: number): SchemaPart => ({ description, type: 'string', maxLength });
const target = (description: string): SchemaPart => text(description, '^[a-z][A-Za-z0-9 -]*$', 80, TARGET_RULE);
const group = (description: string): SchemaPart => text(description, '^[a-z][a-z0-9-]*$', 32, GROUP_RULE);
const list = (description: string, items: SchemaPart, maxItems: number): SchemaPart => ({
  description,
  type: 'array',
  maxItems,
  items,
});

const formats = list(
  'Formats of the records that the version reads; it writes the highest.',
  wholeNumber('A format.', 1, 99),
  8,
);

const link = (description: string): SchemaPart =>
  record(description, { from: target('One end.'), to: target('The other end; `others`: everything outside.') }, [
    'from',
    'to',
  ]);

const LOAD = record(
  'Requests for some shards at a steady rate that does not wait for answers.',
  {
    group: group('Name of these shards in claims and report.'),
    shards: words('As the CLI takes them: `00-19,42`, `G`.', 400),
    through: list('Data centers whose doors take them, in turn. Left out: all.', words('Data center.', 32), 64),
    writesPerSecond: wholeNumber('Ledger entries, each with an ID of its own.', 0, 2_000, 10),
    readsPerSecond: wholeNumber('Balances.', 0, 2_000, 10),
    fromMs: ms('Begins then.', 0),
    untilMs: ms('Ends then; left out: with the scenario.'),
  },
  ['group', 'shards'],
);

const ENTRY = record('One action, and when.', {
  atMs: ms('From the moment at which load is served.'),
  onStep: record(
    'Instead of atMs: after a step of an operation came on record.',
    {
      operation: wholeNumber('The first one that the scenario starts is 1.', 1, 99),
      step: oneOf('As `ldc operations` shows it.', [
        'check',
        'drain',
        'catchUp',
        'choose',
        'acknowledge',
        'promote',
        'follow',
        'ended',
      ]),
      afterMs: ms('So long after it.', 0),
    },
    ['operation', 'step'],
  ),
  kill: target('SIGKILL.'),
  losesDirectory: flag('With kill: the directories are deleted too.'),
  restart: target('Starts what was killed.'),
  pause: target('SIGSTOP, for forMs or until resume.'),
  resume: target('Ends a pause.'),
  cut: link('No byte passes any more, for forMs or until mend; nobody is told.'),
  oneWay: flag('With cut: only what goes from `from` to `to`.'),
  slow: link('Everything takes delayMs longer, each way, for forMs or until mend.'),
  delayMs: ms('With slow.'),
  flap: link('Cut for downMs, mended for upMs, again and again for forMs.'),
  downMs: ms('With flap.', undefined, 1),
  upMs: ms('With flap.', undefined, 1),
  mend: link('Ends a cut, a slowness or a flapping of exactly this link.'),
  jump: target('The clock of these processes jumps by byMs, as after a suspended machine.'),
  byMs: wholeNumber('With jump; may be negative.', -7 * DAY_MS, 7 * DAY_MS),
  upgrade: target('Graceful restart as a version with other formats.'),
  readsFormats: formats,
  operate: words('What an operator types, without `ldc`: `failover dc sz-a`.', 400),
  expect: oneOf('With operate: how the command ends.', ['done', 'aborted', 'refused', 'any'], 'done'),
  forMs: ms('With pause, cut, slow, flap: ends by itself.', undefined, 1),
});

const limitOf = (limit: string, part: SchemaPart, description: string): SchemaPart =>
  record(description, { group: group('Name of a load group, or `all`.'), [limit]: part }, ['group', limit]);

const CLAIM: SchemaPart = {
  ...record('What must hold.', {
    failed: limitOf('most', wholeNumber('Requests.', 0, 1_000_000), 'Requests without a good answer.'),
    failedShare: limitOf(
      'most',
      { description: 'Share of the requests.', type: 'number', minimum: 0, maximum: 1, errorMessage: 'must be 0 to 1' },
      'Requests without a good answer, as a share.',
    ),
    pause: limitOf('mostMs', ms('Limit.'), 'Longest time in which no write was answered well.'),
    recovered: record(
      'Until no write fails any more (RTO).',
      {
        group: group('Group, or `all`.'),
        mostMs: ms('Limit.'),
        since: oneOf('From the first fault, or from the end of the last one.', ['fault', 'mend'], 'fault'),
      },
      ['group', 'mostMs'],
    ),
    latency: record(
      'Latency of served requests.',
      { group: group('Group, or `all`.'), percentile: wholeNumber('1 to 100.', 1, 100), mostMs: ms('Limit.') },
      ['group', 'percentile', 'mostMs'],
    ),
    lost: record(
      'Acknowledged writes that the final owner does not have (RPO).',
      { most: wholeNumber('Entries.', 0, 1_000_000) },
      ['most'],
    ),
    operation: record(
      'How the scenario’s n-th operation ends.',
      { number: wholeNumber('From 1.', 1, 99), outcome: oneOf('Its end.', ['done', 'aborted']) },
      ['number', 'outcome'],
    ),
    converged: record('From the end of the load until all is quiet and equal.', { mostMs: ms('Limit.') }, ['mostMs']),
    owner: record(
      'Where shards are at the end.',
      { shards: words('Shards.', 400), units: list('One of these each.', words('Unit.', 32), 64) },
      ['shards', 'units'],
    ),
  }),
  minProperties: 1,
  maxProperties: 1,
};

const STORE = record('The coordination store.', {
  kind: oneOf('etcd where the scenario cuts, pauses or kills it.', ['embedded', 'etcd'], 'embedded'),
  members: list('With etcd: the data center of each member.', words('Data center.', 32), 7),
});

const TOPOLOGY = record('What runs.', {
  rules: text('Ruleset under rules/.', '^[a-z0-9-]+\\.yaml$', 64, 'must be a file name such as three-cities.yaml'),
  store: STORE,
  controls: wholeNumber('Control nodes.', 1, 5, 1),
  gatewaysPerDataCenter: wholeNumber('Gateways.', 1, 4, 1),
  guardHorizonMs: wholeNumber('How long guards admit writes without news.', 100, 5_000, 1_500),
  acknowledge: oneOf('Copies that an acknowledged write has.', ['local', 'same-city', 'remote'], 'remote'),
  readsFormats: formats,
});

const CLIENTS = record('How clients behave.', {
  timeoutMs: ms('A try is given up then.', 8_000, 1),
  retries: wholeNumber('Tries after the first, under the same ID.', 0, 100, 3),
  retryMs: ms('Between them.', 200),
});

const LIVE = record('How it runs against real processes. Left out: as it stands.', {
  possible: { ...flag('False: not at all; say why.'), default: true },
  factor: {
    description: 'Every time of the document but the limits is multiplied by it.',
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 1,
    errorMessage: 'must be above 0, at most 1',
  },
  because: words('Why not, or why not as it stands.', 400),
  allowanceMs: ms('Added to each limit of time.', 3_000),
});

/** The JSON Schema of a scenario; `scenario.schema.json` is this, for editors. */
export const SCENARIO_SCHEMA: SchemaPart = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  ...record(
    'A drill: what runs, what load, what happens when, and what must hold.',
    {
      title: words('One line.', 120),
      story: words('What happens and what it should show.', 2_000),
      topology: TOPOLOGY,
      load: { ...list('Who sends what.', LOAD, 16), minItems: 1 },
      clients: CLIENTS,
      timeline: list('What happens, in order.', ENTRY, 200),
      durationMs: ms('The load ends then.', undefined, 1_000),
      settleMs: ms('Afterwards, until everything must be quiet.', 30_000),
      must: { ...list('What must hold. The ledger’s books always must balance.', CLAIM, 50), minItems: 1 },
      live: LIVE,
    },
    ['title', 'story', 'load', 'timeline', 'durationMs', 'must'],
  ),
};
