import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Answer, ControlBench, THREE_CITIES, TOKENS } from '../../test/support/control-bench.ts';
import {
  assertDocumented,
  assertShape,
  compileShape,
  OPERATION_ROUTES,
} from '../../test/support/documented-answers.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { BootId, DataCenterId, Incarnation, NodeId } from '../core/ids.ts';
import { ERRORS } from '../errors.ts';
import { COMPONENTS } from './schemas/components.ts';

let bench: ControlBench;
/** The same without any ruleset. */
let empty: ControlBench;

before(async () => {
  empty = await ControlBench.start({ api: { failures: { mostFailures: 1_000 } } });
  bench = await ControlBench.start();
  const { body } = await bench.apply(THREE_CITIES, 0);
  const instance = (address: string, health: 'healthy' | 'unhealthy') =>
    ({ address, health, origin: 'registered' }) as const;
  const applied = { incarnation: body.incarnation as Incarnation, epoch: body.epoch };
  await bench.putEdge({
    applied,
    cells: [{ cell: 'RZ01A', instances: [instance('10.0.0.1:80', 'healthy'), instance('10.0.0.2:80', 'unhealthy')] }],
  });
  await bench.putEdge({
    node: 'gateway-hz-a-2' as NodeId,
    boot: 'boot-2' as BootId,
    cells: [
      { cell: 'RZ01A', instances: [instance('10.0.0.1:80', 'unhealthy'), instance('10.0.0.2:80', 'unhealthy')] },
      { cell: 'RZ02A', instances: [instance('10.0.0.3:80', 'unhealthy')] },
      // Of a cell in another data center: its own gateways know better.
      { cell: 'RZ05A', instances: [instance('10.0.0.9:80', 'unhealthy')] },
    ],
  });
  await bench.putEdge({
    node: 'gateway-sz-a-1' as NodeId,
    dataCenter: 'sz-a' as DataCenterId,
    applied: { ...applied, epoch: 0 as never },
  });
  await bench.store.transact([], [{ key: 'edges/bad/record', value: '{"format":9}' }]);
  await eventually('control has read the records', () => bench.node.edges.observation.edges.length === 3);
});

after(async () => {
  await bench?.close();
  await empty?.close();
});

/** A call of each route that succeeds. */
const GOOD_CALLS: readonly (readonly [method: string, path: string, call: () => Promise<Answer>])[] = [
  ['GET', '/v1/table', () => bench.call('/v1/table')],
  ['GET', '/v1/topology', () => bench.call('/v1/topology')],
  ['GET', '/v1/gateways', () => bench.call('/v1/gateways')],
  ['GET', '/v1/cells', () => bench.call('/v1/cells')],
  [
    'GET',
    '/v1/route',
    () => bench.call('/v1/route?userId=12345666&path=/a&method=POST&host=a.example&dataCenter=sz-a'),
  ],
  ['GET', '/v1/status', () => bench.call('/v1/status')],
  ['GET', '/healthz', () => bench.call('/healthz', { token: null })],
  ['POST', '/v1/rules/validate', () => bench.post('/v1/rules/validate', { file: 'f', text: 'x' })],
  [
    'POST',
    '/v1/rules/diff',
    () => bench.post('/v1/rules/diff', { file: 'f', text: THREE_CITIES.replace('RZ05A', 'RZ05Z') }),
  ],
  ['POST', '/v1/rules/apply', () => bench.apply(THREE_CITIES, 1)],
  ['GET', '/v1/rules/show', () => bench.call('/v1/rules/show')],
  ['GET', '/openapi.json', () => bench.call('/openapi.json', { token: null })],
];

interface Operation {
  readonly security: readonly object[];
}

async function documentedOperations(): Promise<Map<string, Operation>> {
  const { body } = await bench.call('/openapi.json', { token: null });
  const paths = body.paths as Record<string, Record<string, Operation>>;
  return new Map(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    ),
  );
}

test('the OpenAPI document has exactly the routes that the server has', async () => {
  const tree = await bench.node.api.listRoutes();
  const registered = [...tree.matchAll(/(\/\S*) \(([A-Z, ]+)\)/g)].flatMap(([, path = '', methods = '']) =>
    methods.split(', ').map((method) => `${method} ${path}`),
  );
  assert.deepEqual([...(await documentedOperations()).keys()].sort(), registered.sort());
  const looked = [...GOOD_CALLS.map(([method, path]) => `${method} ${path}`), ...OPERATION_ROUTES];
  assert.deepEqual(looked.sort(), registered.sort());
});

test('the OpenAPI document is 3.1: unique operation IDs, references that resolve, schemas that compile', async () => {
  const { body } = await bench.call('/openapi.json', { token: null });
  assert.match(body.openapi, /^3\.1\.\d+$/);
  assert.ok(body.info.title && body.info.version);
  const operations = Object.values(body.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
    (path) => Object.values(path),
  );
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
  for (const [, name = ''] of JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    assert.ok(Object.hasOwn(body.components.schemas, name), name);
  }
  for (const name of Object.keys(COMPONENTS)) compileShape(name);
});

for (const [method, path, call] of GOOD_CALLS) {
  test(`${method} ${path} answers as the document says`, async () => {
    assertDocumented(`${method} ${path}`, await call(), await bench.call('/openapi.json', { token: null }));
  });
}

test('each guarded route wants a token, and each answer to a missing or wrong one is the same', async () => {
  for (const [operation, { security }] of await documentedOperations()) {
    if (security.length === 0) continue;
    const [method = '', path = ''] = operation.split(' ');
    for (const token of [null, 'wrong']) {
      const { status, body } = await empty.call(path, { method, token });
      assert.deepEqual([status, body.error.code], [401, 'UNAUTHENTICATED'], operation);
      assertShape('Error', body);
      assert.ok(!JSON.stringify(body).includes('wrong'));
    }
  }
});

test('a viewer may read and plan, but not apply', async () => {
  const call = { file: 'f', text: THREE_CITIES };
  assert.equal((await bench.post('/v1/rules/diff', call, TOKENS.viewer)).status, 200);
  const { status, body } = await bench.post('/v1/rules/apply', { ...call, plannedOnEpoch: 1 }, TOKENS.viewer);
  assert.deepEqual([status, body.error.code], [403, 'FORBIDDEN']);
  assert.match(body.error.detail, /viewer-1.*needs operator/);
  assert.equal((await bench.post('/v1/rules/apply', { ...call, plannedOnEpoch: 1 }, TOKENS.admin)).status, 200);
});

test('before the first ruleset the calls say NO_RULESET, and the status says what to do', async () => {
  for (const path of ['/v1/table', '/v1/topology', '/v1/cells', '/v1/route?userId=1', '/v1/rules/show']) {
    const { status, body } = await empty.call(path);
    assert.deepEqual([status, body.error.code], [404, 'NO_RULESET'], path);
  }
  const { body } = await empty.call('/v1/status');
  assertShape('Status', body);
  assert.equal(body.allWell, false);
  assert.match(body.findings[0].text, /ldc rules apply/);
});

test('bad calls are 400 with what is wrong', async () => {
  const cases: readonly (readonly [answer: Promise<Answer>, status: number, detail: RegExp])[] = [
    [bench.call('/v1/table?epoch=1'), 400, /"epoch"/],
    [bench.call('/v1/route?userId=1&dataCenter=mars'), 400, /"mars", must be one of .*hz-a/],
    [bench.call('/v1/route?userId=1&method=%00'), 400, /method/],
    [bench.call('/v1/route?userId=1&userId=2'), 400, /userId/],
    [bench.call(`/v1/route?userId=${'1'.repeat(300)}`), 400, /userId/],
    [bench.post('/v1/rules/validate', { text: 'x' }), 400, /file/],
    [bench.post('/v1/rules/validate', { file: 'f', text: 'x', extra: 1 }), 400, /extra/],
    [bench.post('/v1/rules/validate', []), 400, /object/],
    [bench.apply(THREE_CITIES, -1), 400, /plannedOnEpoch/],
    [bench.apply(THREE_CITIES, 1.5), 400, /plannedOnEpoch/],
    [bench.apply(THREE_CITIES, 1, { id: 'a b' }), 400, /id/],
    [
      bench.call('/v1/rules/diff', {
        method: 'POST',
        body: '{"file":',
        headers: { 'content-type': 'application/json' },
      }),
      400,
      /JSON/,
    ],
    [
      bench.call('/v1/rules/diff', { method: 'POST', body: 'a=b', headers: { 'content-type': 'text/plain' } }),
      400,
      /application\/json/,
    ],
    [bench.post('/v1/rules/validate', { file: 'f', text: 'x'.repeat(1_100_000) }), 413, /large/],
    [bench.call('/v1/nothing'), 404, /GET \/v1\/nothing/],
    [bench.call('/v1/table', { method: 'DELETE' }), 404, /DELETE/],
    [bench.call('/%ff'), 400, /./],
  ];
  for (const [answer, status, detail] of cases) {
    const { body, ...rest } = await answer;
    assert.equal(rest.status, status, JSON.stringify(body));
    assertShape('Error', body);
    assert.match(body.error.detail, detail);
  }
});

test('health is merged over the gateways of the cell’s own data center', async () => {
  const { body } = await bench.call('/v1/cells');
  const cells = new Map<string, Record<string, unknown> & { instances: object[] }>(
    body.units
      .flatMap((unit: { cells: { id: string }[] }) => unit.cells)
      .map((cell: { id: string }) => [cell.id, cell]),
  );
  const a = cells.get('RZ01A');
  assert.deepEqual([a?.available, a?.reporters], [true, 2]);
  assert.deepEqual(a?.instances, [
    { address: '10.0.0.1:80', origin: 'registered', health: 'disputed', reports: { healthy: 1, unhealthy: 1 } },
    { address: '10.0.0.2:80', origin: 'registered', health: 'unhealthy', reports: { unhealthy: 2 } },
  ]);
  assert.equal(cells.get('RZ02A')?.available, false);
  assert.deepEqual([cells.get('RZ05A')?.available, cells.get('RZ05A')?.reporters], [true, 0]);
});

test('the gateways’ answer says who lags and which records are bad', async () => {
  const { body } = await bench.call('/v1/gateways');
  assert.deepEqual(
    body.gateways.map(({ node, lag, state }: Record<string, unknown>) => [node, lag, state]),
    [
      ['gateway-hz-a-1', 0, 'alive'],
      ['gateway-hz-a-2', null, 'alive'],
      ['gateway-sz-a-1', 1, 'alive'],
    ],
  );
  assert.deepEqual(
    body.badRecords.map(({ key }: { key: string }) => key),
    ['edges/bad/record'],
  );
});

test('the route of a user goes around a cell that can take no requests', async () => {
  for (let user = 100; user < 120; user += 1) {
    const { body } = await bench.call(`/v1/route?userId=${user}27`);
    assert.deepEqual([body.shard.name, body.unit.id, body.outcome.cell], ['27', 'RZ02', 'RZ02B']);
  }
});

test('the route says which code a client gets, and why', async () => {
  const cases: readonly (readonly [query: string, code: string])[] = [
    ['', 'USER_ID_MISSING'],
    ['?userId=7', 'USER_ID_INVALID'],
    ['?userId=%0A77', 'USER_ID_INVALID'],
    ['?userId=a%2C77&path=/global/x', 'USER_ID_INVALID'],
    ['?userId=77&path=/catalog/x&method=TRACE', 'METHOD_NOT_ALLOWED'],
    ['?userId=77&path=/catalog/x&method=POST', 'METHOD_NOT_ALLOWED'],
    ['?userId=77&path=/a//b', 'AMBIGUOUS_PATH'],
  ];
  for (const [query, code] of cases) {
    const { body } = await bench.call(`/v1/route${query}`);
    assertShape('Route', body);
    assert.deepEqual([body.outcome.kind, body.outcome.code], ['reject', code], query);
  }
});

test('arbitrary calls never give a 500 and never stop the server', async () => {
  const path = fc.oneof(
    fc.webPath(),
    fc
      .tuple(fc.constantFrom('/v1/table', '/v1/route', '/v1/status'), fc.webQueryParameters())
      .map(([at, query]) => `${at}?${query}`),
    fc
      .tuple(fc.string(), fc.string())
      .map(([user, at]) => `/v1/route?${new URLSearchParams({ userId: user, path: at })}`),
  );
  await fc.assert(
    fc.asyncProperty(path, async (target) => {
      const { status } = await bench.call(target.startsWith('/') ? target : `/${target}`);
      assert.ok(status < 500, `${target}: ${status}`);
    }),
    { numRuns: 100 },
  );
  const call = fc.record(
    { file: fc.string(), text: fc.string(), plannedOnEpoch: fc.constantFrom(99, -1, 'x', null), id: fc.string() },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    fc.json(),
    fc.string(),
    call.map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('validate', 'diff', 'apply'), body, async (name, text) => {
      const init = { method: 'POST', body: text, headers: { 'content-type': 'application/json' }, token: TOKENS.admin };
      const { status } = await bench.call(`/v1/rules/${name}`, init);
      assert.ok(status < 500, `${name} ${text}: ${status}`);
    }),
    { numRuns: 100 },
  );
  assert.equal((await bench.call('/healthz')).status, 200);
  assert.deepEqual(
    bench.events.filter(({ kind }) => kind === 'call-failed'),
    [],
  );
});

/** Sends bytes on a connection of their own, and collects what comes until it is closed. */
async function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk))).on('error', () => {});
  socket.write(bytes);
  await closed;
  return Buffer.concat(chunks).toString();
}

test('bytes that are no HTTP, and a head that is too large, close their connection and nothing else', async () => {
  assert.match(await sendRaw(bench.url, '\x16\x03\x01 nonsense\r\n\r\n'), /^HTTP\/1\.1 400 .*"BAD_REQUEST"/s);
  const large = `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
  assert.match(await sendRaw(bench.url, large), /^HTTP\/1\.1 431 .*"HEAD_TOO_LARGE"/s);
  assert.equal((await bench.call('/healthz')).status, 200);
});

test('a call whose body never comes is answered 408 in time', async () => {
  const own = await ControlBench.start({ api: { receiveMs: 200 } });
  try {
    const head = `POST /v1/rules/diff HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKENS.viewer}\r\n`;
    const answer = await sendRaw(own.url, `${head}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{`);
    assert.match(answer, /^HTTP\/1\.1 408 .*"CALL_TIMEOUT"/s);
  } finally {
    await own.close();
  }
});

test('too many failed authentications are 429 with Retry-After', async () => {
  const own = await ControlBench.start({ api: { failures: { mostFailures: 3, windowMs: 60_000 } } });
  try {
    for (let times = 0; times < 3; times += 1)
      assert.equal((await own.call('/v1/status', { token: 'guess' })).status, 401);
    const { status, body, headers } = await own.call('/v1/status', { token: 'guess' });
    assert.deepEqual([status, body.error.code], [429, 'AUTH_THROTTLED']);
    assert.ok(Number(headers.get('retry-after')) >= 1);
    assert.equal((await own.call('/healthz')).status, 200);
  } finally {
    await own.close();
  }
});

test('every code that the document names is in the table of errors', async () => {
  const text = JSON.stringify([...(await documentedOperations()).values()]);
  for (const [, code = ''] of text.matchAll(/\b([A-Z]+(?:_[A-Z]+)+): /g)) assert.ok(Object.hasOwn(ERRORS, code), code);
});

test('docs/control-api.md has a row for every route with its role, and no other', () => {
  const text = readFileSync(new URL('../../docs/control-api.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(GET|POST|PUT) (\S+)` \| (\w+) \|/gm)].map(
    ([, method, path, role]) => `${method} ${path} ${role}`,
  );
  const routes = bench.node.api.routes.map(({ method, path, role }) => `${method} ${path} ${role}`);
  assert.deepEqual(rows.sort(), routes.sort());
});
