import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { doorPipeline } from '../../test/support/door-pipeline.ts';
import { HandClock } from '../../test/support/hand-clock.ts';
import { HandGuard } from '../../test/support/hand-guard.ts';
import { holdBench } from '../../test/support/hold-bench.ts';
import { rawHead } from '../../test/support/raw-head.ts';
import { RecordingDownstream } from '../../test/support/recording-downstream.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { route, threeCitiesTable } from '../../test/support/three-cities.ts';
import type { Epoch, ShardId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import type { MissPolicy, RouteDocument } from '../core/topology-document.ts';
import { accessLine } from './access-line.ts';
import type { ExchangeEnd } from './exchange-end.ts';
import type { Identifier } from './identity/identifier.ts';
import type { IdentityResult } from './identity/identity-result.ts';
import { Pipeline, type PipelineParts } from './pipeline.ts';
import { compileRoutingView } from './routing-view.ts';

const OK = ['Content-Length', '0'];
const GET = 'GET /x HTTP/1.1\nHost: a\n';

function bench(routes: readonly RouteDocument[] = [route({})], debugHeaders = false) {
  const table = threeCitiesTable({ routes });
  const cells = new HandGuard();
  const clock = new HandClock();
  const { pipeline, ends, apply, holding } = doorPipeline({ table, cells, clock, debugHeaders });
  const begin = (text: string): RecordingDownstream => {
    const client = new RecordingDownstream();
    client.handle = pipeline.begin(rawHead(text.trimEnd()), 'general', client);
    return client;
  };
  return { cells, clock, ends, apply, holding, begin, table };
}
const rejected = (client: RecordingDownstream): string => `${client.rejection?.code}: ${client.rejection?.detail}`;

describe('a request', () => {
  test('goes to a cell of the unit that owns its user’s shard, with its claim', () => {
    const { cells, begin, ends } = bench();
    const client = begin(`${GET}X-User-Id: 12307\n`);
    assert.deepEqual(cells.last.request.claim, { shard: 7, epoch: 1, unit: 'RZ01', cell: 'RZ01A', safe: true });
    cells.last.events.head(200, OK);
    cells.last.events.end([]);
    assert.equal(client.answer?.status, 200);
    const [end] = ends;
    assert.deepEqual([end?.status, end?.code, end?.plan?.maskedUserId, end?.plan?.shard], [200, null, '***07', 7]);
  });

  test('is a read only with GET, HEAD and OPTIONS, and never when it asks for an upgrade', () => {
    const { cells, begin } = bench();
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE', 'get', 'QUERY']) {
      begin(`${method} /x HTTP/1.1\nHost: a\nX-User-Id: 12307\n`);
      assert.equal(cells.last.request.claim.safe, ['GET', 'HEAD', 'OPTIONS'].includes(method), method);
    }
    begin(`${GET}X-User-Id: 12307\nConnection: upgrade\nUpgrade: websocket\n`);
    assert.equal(cells.last.request.claim.safe, false);
  });

  test('is never a read on a strict route, but a copy takes reads whatever the route says', () => {
    const strict = bench([
      route({ name: 'copy', path: '/catalog/*', kind: 'C', strict: true }),
      route({ strict: true }),
    ]);
    strict.begin(`${GET}X-User-Id: 12307\n`);
    assert.equal(strict.cells.last.request.claim.safe, false);
    strict.begin('GET /catalog/x HTTP/1.1\nHost: a\n');
    assert.equal(strict.cells.last.request.claim.safe, true);
  });

  test('that breaks a rule, has no route or names no user, goes nowhere', () => {
    const { cells, begin, ends } = bench([route({ path: '/x/*' })]);
    assert.match(rejected(begin('GET /x HTTP/1.1\n')), /^BAD_HOST: no Host/);
    assert.equal(rejected(begin('GET /y HTTP/1.1\nHost: a\n')), 'NO_ROUTE: GET /y');
    assert.match(rejected(begin('GET /x/%2e HTTP/1.1\nHost: a\n')), /^AMBIGUOUS_PATH/);
    assert.match(rejected(begin(GET)), /^USER_ID_MISSING: route users takes it from: cookie, header/);
    assert.match(
      rejected(begin(`${GET}X-User-Id: 1x\n`)),
      /^USER_ID_INVALID: the shard is read from the last 2 digits/,
    );
    assert.match(rejected(begin(`${GET}X-User-Id: 12307\nCookie: uid=12308\n`)), /^USER_ID_CONFLICT/);
    assert.equal(cells.exchanges.length, 0);
    assert.equal(ends.length, 6);
    assert.ok(ends.every(({ plan, decision }) => plan === null && decision === null));
  });

  test('whose announced body is over the route’s limit is refused on its head', () => {
    const { cells, begin } = bench([route({ limits: { bodyBytes: 10 } })]);
    const head = 'POST /x HTTP/1.1\nHost: a\nX-User-Id: 12307\n';
    assert.equal(
      rejected(begin(`${head}Content-Length: 11\n`)),
      'BODY_TOO_LARGE: 11 bytes, at most 10 (limits.bodyBytes of route users)',
    );
    begin(`${head}Content-Length: 10\n`);
    assert.equal(cells.exchanges.length, 1);
  });

  test('of a frozen shard is held if it is a write; a read goes on until the guard said that nothing is in flight', async () => {
    const { cells, begin, apply, table, holding, ends } = bench();
    begin('POST /before HTTP/1.1\nHost: a\nX-User-Id: 12307\n');
    const before = cells.last;
    const shards = table.shards.copy();
    const record = { ...shards.at(7 as ShardId), epoch: 2 as Epoch, operation: 'op' };
    const nobody = { owner: 0xffff, primary: 0xffff, previous: record.owner };
    shards.fill(7, 7, { ...record, ...nobody, state: 'FREEZING' });
    apply({ ...table, epoch: 2 as Epoch, shards });
    begin('POST /x HTTP/1.1\nHost: a\nX-User-Id: 12307\n');
    assert.deepEqual([cells.exchanges.length, holding.size, ends.length], [1, 1, 0]);
    begin(`${GET}X-User-Id: 12307\n`);
    assert.deepEqual([cells.last.request.claim.epoch, cells.last.request.claim.safe], [2, true]);
    before.events.head(200, OK);
    before.events.end([]);
    assert.equal(ends[0]?.status, 200);
    begin(`${GET}X-User-Id: 12307\n`);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([cells.exchanges.length, holding.size, ends.length], [2, 2, 1]);
    const released = shards.copy();
    released.fill(7, 7, { ...record, epoch: 3 as Epoch, operation: null });
    apply({ ...table, epoch: 3 as Epoch, shards: released });
    assert.deepEqual(
      [holding.size, ...cells.exchanges.slice(2).map(({ request }) => request.method)],
      [0, 'POST', 'GET'],
    );
  });

  test('of a copy takes reads only, and keeps a client without an ID at its cell', () => {
    const { cells, begin } = bench([route({ kind: 'C', identity: [] })]);
    begin(GET);
    assert.deepEqual(cells.last.request.claim, { shard: 100, epoch: 0, unit: 'CZHZ', cell: 'CZHZA', safe: true });
    assert.match(rejected(begin('POST /x HTTP/1.1\nHost: a\n')), /^METHOD_NOT_ALLOWED/);
  });

  test('without a table gets NO_TABLE, but a malformed one its own code', () => {
    const { pipeline, ends } = pipelineWith(null);
    const [good, bad] = [new RecordingDownstream(), new RecordingDownstream()];
    pipeline.begin(rawHead(GET.trimEnd()), 'general', good);
    pipeline.begin(rawHead('GET /x HTTP/1.1'), 'general', bad);
    assert.deepEqual([good.rejection?.code, bad.rejection?.code], ['NO_TABLE', 'BAD_HOST']);
    assert.equal(ends.length, 2);
  });
});

describe('a request without a user ID', () => {
  const missing = (onMissing: MissPolicy, over: Partial<RouteDocument> = {}) => bench([route({ onMissing, ...over })]);

  test('goes to the global unit if the route says `global`', () => {
    const { cells, begin } = missing({ type: 'global' });
    begin(GET);
    assert.deepEqual(cells.last.request.claim, { shard: 100, epoch: 1, unit: 'GZ00', cell: 'GZ00A', safe: true });
  });

  test('goes to a shard owned here if the route says `local`, the same for the same client', () => {
    const { cells, begin, table } = missing({ type: 'local' });
    begin(GET);
    begin(GET);
    const [first, second] = cells.exchanges.map(({ request }) => request.claim);
    assert.deepEqual(first, second);
    assert.ok(['RZ01', 'RZ02'].includes(first?.unit ?? ''));
    assert.equal(table.topology.units[table.shards.owner[first?.shard as number] as number]?.id, first?.unit);
  });

  test('goes to the shard of another key if the route says `hash`, and is refused without that key too', () => {
    const { cells, begin } = missing({ type: 'hash', source: { type: 'header', name: 'x-device' } });
    // Only the shards of this city's units can be reached here.
    const device = ['a', 'b', 'c', 'd', 'e', 'f'].find((key) => crc32(key) % 100 < 40) ?? '';
    begin(`${GET}X-Device: ${device}\n`);
    assert.equal(cells.last.request.claim.shard, crc32(device) % 100);
    assert.equal(cells.last.request.headers.includes('ldc-user-id'), false);
    assert.match(rejected(begin(GET)), /^USER_ID_MISSING: route users: nor is there the key to hash instead/);
  });

  test('on a route of G or C goes where the route says, whatever the policy', () => {
    const { cells, begin } = missing({ type: 'hash', source: { type: 'header', name: 'x-device' } }, { kind: 'G' });
    begin(`${GET}X-Device: abc\n`);
    assert.equal(cells.last.request.claim.unit, 'GZ00');
  });
});

describe('an identity that must be looked up', () => {
  test('is waited for; then the request goes on as if it had been there', async () => {
    const { pipeline, answer, cells } = pipelineWith(threeCitiesTable({ routes: [route({})] }));
    const client = new RecordingDownstream();
    client.handle = pipeline.begin(rawHead(GET.trimEnd()), 'general', client);
    assert.equal(cells.exchanges.length, 0);
    await answer({ kind: 'found', userId: '12307', source: 'header' });
    assert.equal(cells.last.request.claim.shard, 7);
    cells.last.events.head(200, []);
    client.takesMore = false;
    cells.last.events.data(new Uint8Array(1));
    client.handle.resume();
    assert.equal(cells.last.isPaused, false);
    client.handle.abandon();
    assert.equal(cells.last.isCancelled, true);
  });

  test('for a client that left meanwhile leads nowhere, and is counted as such', async () => {
    const { pipeline, answer, cells, ends } = pipelineWith(threeCitiesTable({ routes: [route({})] }));
    const client = new RecordingDownstream();
    const handle = pipeline.begin(rawHead(GET.trimEnd()), 'general', client);
    assert.equal(handle.write(new Uint8Array(1)), true);
    handle.abandon();
    await answer({ kind: 'found', userId: '12307', source: 'header' });
    assert.equal(cells.exchanges.length, 0);
    assert.equal(client.finals, 0);
    assert.deepEqual(
      ends.map(({ status, code }) => [status, code]),
      [[499, 'CLIENT_GONE']],
    );
  });

  test('for a client that broke a rule meanwhile ends with that rule’s code', async () => {
    const { pipeline, answer, cells, ends } = pipelineWith(threeCitiesTable({ routes: [route({})] }));
    const client = new RecordingDownstream();
    pipeline.begin(rawHead(GET.trimEnd()), 'general', client).fail('BAD_REQUEST', 'a chunk without a size');
    await answer({ kind: 'found', userId: '12307', source: 'header' });
    assert.equal(cells.exchanges.length, 0);
    assert.equal(rejected(client), 'BAD_REQUEST: a chunk without a size');
    assert.equal(ends.length, 1);
  });

  test('and is unavailable is refused, or taken for missing, as the route says', async () => {
    for (const [onUnavailable, words] of [
      ['reject', /^IDENTITY_UNAVAILABLE: Redis/],
      ['missing', /^USER_ID_MISSING: .*Redis/],
    ] as const) {
      const { pipeline, answer } = pipelineWith(threeCitiesTable({ routes: [route({ onUnavailable })] }));
      const client = new RecordingDownstream();
      pipeline.begin(rawHead(GET.trimEnd()), 'general', client);
      await answer({ kind: 'unavailable', detail: 'Redis is slow' });
      assert.match(rejected(client), words);
    }
  });

  test('and throws is a bug that costs this request alone, and tells the client nothing of it', async () => {
    const { pipeline, fail, ends } = pipelineWith(threeCitiesTable({ routes: [route({})] }));
    const client = new RecordingDownstream();
    pipeline.begin(rawHead(GET.trimEnd()), 'general', client);
    await fail(new TypeError('secret inside'));
    assert.equal(client.rejection?.code, 'INTERNAL');
    assert.doesNotMatch(rejected(client), /secret/);
    assert.match(ends[0]?.detail ?? '', /secret inside/);
  });
});

describe('what is told about a request', () => {
  test('debug headers name unit, cell, data center, epoch and lane; without them only the request ID', () => {
    const head = `${GET}X-User-Id: 12307\n`;
    const shown = bench([route({})], true);
    const client = shown.begin(head);
    shown.cells.last.events.head(200, OK);
    const { requestId } = shown.cells.last.request;
    assert.deepEqual(client.answer?.headers, [
      ...['x-request-id', requestId, 'ldc-request-id', requestId, 'ldc-lane', 'general'],
      ...['ldc-unit', 'RZ01', 'ldc-cell', 'RZ01A', 'ldc-data-center', 'hz-a', 'ldc-epoch', '1'],
    ]);
    assert.deepEqual(
      shown.begin(GET).rejection?.headers.filter((_, index) => index % 2 === 0),
      ['x-request-id', 'ldc-request-id', 'ldc-lane'],
    );
    const hidden = bench();
    const other = hidden.begin(head);
    hidden.cells.last.events.head(200, OK);
    assert.deepEqual(other.answer?.headers, ['x-request-id', hidden.cells.last.request.requestId]);
  });

  test('a user ID in the path is not in the log’s path', () => {
    const { begin, cells, ends } = bench([route({ path: '/users/*', identity: [{ type: 'path', segment: 1 }] })]);
    begin('GET /users/12307/orders HTTP/1.1\nHost: a\n');
    assert.equal(cells.last.request.target, '/users/12307/orders');
    cells.last.events.head(200, OK);
    cells.last.events.end([]);
    begin('GET /users/4711x/orders HTTP/1.1\nHost: a\n');
    assert.deepEqual(
      ends.map(({ facts }) => facts.path),
      ['/users/***/orders', '/users/***/orders'],
    );
    assert.doesNotMatch(JSON.stringify(ends.map(accessLine)), /12307|4711/);
  });

  test('a head that was refused leaves no query and no endless path in the log', () => {
    const { begin, ends } = bench();
    begin('GET /x?token=secret HTTP/1.1\n');
    begin(`GET /${'a'.repeat(9000)} HTTP/1.1\nHost: a\n`);
    assert.equal(ends[0]?.facts.path, '/x');
    assert.equal(ends[1]?.facts.path.length, 256);
  });
});

/** A pipeline whose identity is looked up by hand. */
function pipelineWith(table: Table | null) {
  const cells = new HandGuard();
  const ends: ExchangeEnd[] = [];
  let resolve: (result: IdentityResult) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const identify: Identifier['identify'] = () =>
    new Promise((done, broken) => {
      resolve = done;
      reject = broken;
    });
  const view = table === null ? null : compileRoutingView(table.topology, () => ({ identify }));
  const clock = new HandClock();
  const parts: PipelineParts = {
    clock,
    holding: holdBench(clock, () => table).holding,
    random: seededRandom(3),
    dataCenter: 'hz-a',
    current: () => (table === null || view === null ? null : { table, view }),
    place: { isAvailable: () => true },
    upstreamOf: () => cells,
    catchUp: () => Promise.resolve(),
    mayResend: () => true,
    finished: (end) => void ends.push(end),
    debugHeaders: false,
    traceSampled: false,
  };
  const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
  return {
    pipeline: new Pipeline(parts),
    cells,
    ends,
    answer(result: IdentityResult): Promise<void> {
      resolve(result);
      return turn();
    },
    fail(error: Error): Promise<void> {
      reject(error);
      return turn();
    },
  };
}
