import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { freePort, httpCell, rawCell, stopServer } from '../../../test/support/cell-bench.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { machineClock } from '../../../test/support/machine-clock.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { UpstreamRecorder, upstreamRequest } from '../../../test/support/upstream-recorder.ts';
import type { CellId } from '../../core/ids.ts';
import type { CellDocument } from '../../core/topology-document.ts';
import type { UpstreamRequest } from '../upstream.ts';
import { type CellObserver, SILENT_CELL_OBSERVER } from './cell-observer.ts';
import { CellPool } from './cell-pool.ts';
import { type CellSettings, DEFAULT_CELL_SETTINGS } from './cell-settings.ts';
import type { InstanceStatus } from './cell-status.ts';
import { systemResolver } from './dns-resolver.ts';

const CELL = 'RZ01A' as CellId;
const HEALTH = { path: '/healthz', intervalMs: 20, timeoutMs: 20_000, unhealthyAfter: 2, healthyAfter: 2 };

function document(instances: readonly string[], part: Partial<CellDocument> = {}): CellDocument {
  return {
    id: CELL,
    dataCenter: 'hz-a',
    weight: 100,
    instances,
    tls: null,
    health: HEALTH,
    maxConcurrent: 100,
    ...part,
  };
}

function poolOf(t: TestContext, settings: Partial<CellSettings> = {}, observer: Partial<CellObserver> = {}): CellPool {
  const pool = new CellPool({
    settings: { ...DEFAULT_CELL_SETTINGS, slowStartMs: 0, ...settings },
    clock: machineClock,
    random: seededRandom(7),
    resolver: systemResolver,
    observer: { ...SILENT_CELL_OBSERVER, ...observer },
  });
  t.after(() => pool.close(0));
  return pool;
}

function states(pool: CellPool): Record<string, InstanceStatus['state']> {
  const instances = pool.status().flatMap((cell) => cell.instances);
  return Object.fromEntries(instances.map(({ address, state }) => [address, state]));
}

async function healthy(pool: CellPool, count: number): Promise<void> {
  await eventually(
    `${count} healthy instances`,
    () => Object.values(states(pool)).filter((state) => state === 'healthy').length === count,
  );
}

function send(pool: CellPool, part: Partial<UpstreamRequest> = {}): UpstreamRecorder {
  const answer = new UpstreamRecorder();
  pool.open(upstreamRequest(part), answer);
  return answer;
}

async function outcome(pool: CellPool, part: Partial<UpstreamRequest> = {}): Promise<string> {
  const answer = send(pool, part);
  await eventually('over', () => answer.over);
  return answer.failure === null
    ? `${answer.status} ${answer.text}`
    : `${answer.failure.code}/${answer.failure.executed}`;
}

/** An instance that answers `name` to everything; /healthz as `health.status` says. */
async function instance(t: TestContext, name: string, port = 0) {
  const health = { status: 200 };
  const seen: string[] = [];
  const cell = await httpCell(
    t,
    (request, response) => {
      if (request.url === '/healthz') {
        response.writeHead(health.status).end();
        return;
      }
      seen.push(request.method ?? '');
      request.resume().on('end', () => response.end(name));
    },
    port,
  );
  return { ...cell, health, seen, address: `127.0.0.1:${cell.port}` };
}

test('a cell that is not in the table, has no instance, or none that was checked yet, is NO_HEALTHY_CELL', async (t) => {
  const pool = poolOf(t);
  assert.equal(await outcome(pool), 'NO_HEALTHY_CELL/no');
  pool.update([document([])]);
  assert.equal(await outcome(pool), 'NO_HEALTHY_CELL/no');
  pool.update([document([`127.0.0.1:${await freePort()}`])]);
  assert.equal(await outcome(pool), 'NO_HEALTHY_CELL/no');
  assert.equal(pool.isAvailable(CELL), false);
});

test('availability follows the checks, and is told once for each change', async (t) => {
  const told: boolean[] = [];
  const one = await instance(t, 'one');
  const pool = poolOf(t);
  const stop = pool.onAvailabilityChange((cell, available) => {
    assert.equal(cell, CELL);
    told.push(available);
  });
  pool.update([document([one.address])]);
  assert.equal(pool.isAvailable(CELL), false);
  await eventually('available', () => pool.isAvailable(CELL));
  one.health.status = 500;
  await eventually('not available', () => !pool.isAvailable(CELL));
  assert.equal(await outcome(pool), 'NO_HEALTHY_CELL/no');
  assert.match(pool.status()[0]?.instances[0]?.lastError ?? '', /GET \/healthz answered 500/);
  one.health.status = 204;
  await eventually('available again', () => pool.isAvailable(CELL));
  assert.deepEqual(told, [true, false, true]);
  stop();
  pool.update([]);
  assert.deepEqual(told, [true, false, true]);
});

test('with startHealthy the first request need not wait for a check', async (t) => {
  const one = await instance(t, 'one');
  const pool = poolOf(t, { startHealthy: true });
  pool.update([document([one.address])]);
  assert.equal(await outcome(pool), '200 one');
});

test('requests are spread over the instances of a cell', async (t) => {
  const one = await instance(t, 'one');
  const two = await instance(t, 'two');
  const pool = poolOf(t);
  pool.update([document([one.address, two.address])]);
  await healthy(pool, 2);
  for (let round = 0; round < 40; round += 1) assert.match(await outcome(pool), /^200/);
  assert.ok(one.seen.length >= 8 && two.seen.length >= 8, `${one.seen.length} and ${two.seen.length}`);
});

test('a connect that fails is tried at another instance, with the whole body', async (t) => {
  const two = await instance(t, 'two');
  const dead = await instance(t, 'dead');
  const tried: boolean[] = [];
  const pool = poolOf(t, { ejectAfter: 1_000 }, { otherInstance: (_cell, spent) => tried.push(spent) });
  pool.update([document([dead.address, two.address], { health: { ...HEALTH, unhealthyAfter: 1_000_000 } })]);
  await healthy(pool, 2);
  await stopServer(dead.server);
  for (let round = 0; round < 10; round += 1) {
    const answer = new UpstreamRecorder();
    const stream = pool.open(upstreamRequest({ method: 'POST', body: 6 }), answer);
    const finish = (): void => {
      stream.write(Buffer.from('def'));
      stream.end();
    };
    // Held until a connection is there, if none is.
    if (stream.write(Buffer.from('abc'))) finish();
    else answer.onDrain = finish;
    await answer.ended();
    assert.equal(answer.text, 'two');
  }
  assert.ok(tried.length > 0 && tried.every((spent) => spent));
});

test('without retry budget the failure of the connect is the answer, as not executed', async (t) => {
  const two = await instance(t, 'two');
  const dead = `127.0.0.1:${await freePort()}`;
  const pool = poolOf(t, { startHealthy: true, retryShare: 0, retryBurst: 0, ejectAfter: 1_000 });
  pool.update([document([dead, two.address], { health: { ...HEALTH, unhealthyAfter: 1_000_000 } })]);
  const outcomes = new Set<string>();
  for (let round = 0; round < 20; round += 1) outcomes.add(await outcome(pool, { method: 'POST' }));
  assert.deepEqual([...outcomes].sort(), ['200 two', 'CONNECT_FAILED/no']);
});

test('a request that may have been executed is never given to another instance', async (t) => {
  const reset = await rawCell(t, (socket, head) => {
    if (head.startsWith('GET /healthz')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    else socket.resetAndDestroy();
  });
  const two = await instance(t, 'two');
  const pool = poolOf(t, { ejectAfter: 1_000 });
  pool.update([document([`127.0.0.1:${reset.port}`, two.address])]);
  await healthy(pool, 2);
  let unknown = 0;
  for (let round = 0; round < 20; round += 1)
    unknown += (await outcome(pool, { method: 'POST' })) === 'CELL_RESET/unknown' ? 1 : 0;
  assert.equal(two.seen.length, 20 - unknown);
  assert.ok(unknown > 0);
});

test('an instance that fails requests is ejected although its checks pass, and comes back', async (t) => {
  const broken = { now: true };
  const cell = await httpCell(t, (request, response) => {
    if (request.url === '/healthz' || !broken.now) response.end('mended');
    else request.socket.resetAndDestroy();
  });
  const two = await instance(t, 'two');
  const ejected: number[] = [];
  const pool = poolOf(t, { ejectAfter: 3, ejectMs: 400 }, { ejected: (_cell, _key, forMs) => ejected.push(forMs) });
  pool.update([document([`127.0.0.1:${cell.port}`, two.address])]);
  await healthy(pool, 2);
  await eventually('ejected', async () => {
    await outcome(pool, { method: 'POST' });
    return ejected.length > 0;
  });
  assert.equal(Math.round(ejected[0] ?? 0), 400);
  broken.now = false;
  await eventually('back', async () => (await outcome(pool)) === '200 mended');
  assert.deepEqual(new Set(Object.values(states(pool))), new Set(['healthy']));
});

test('of two failing instances one stays, and a single one is never ejected', async (t) => {
  const failing = async () =>
    httpCell(t, (request, response) => {
      if (request.url === '/healthz') response.end();
      else request.socket.resetAndDestroy();
    });
  const one = await failing();
  const two = await failing();
  const pool = poolOf(t, { ejectAfter: 2, ejectMs: 60_000 });
  pool.update([document([`127.0.0.1:${one.port}`])]);
  await healthy(pool, 1);
  for (let round = 0; round < 10; round += 1)
    assert.equal(await outcome(pool, { method: 'POST' }), 'CELL_RESET/unknown');
  assert.deepEqual(Object.values(states(pool)), ['healthy']);
  pool.update([document([`127.0.0.1:${one.port}`, `127.0.0.1:${two.port}`])]);
  await healthy(pool, 2);
  for (let round = 0; round < 30; round += 1)
    assert.equal(await outcome(pool, { method: 'POST' }), 'CELL_RESET/unknown');
  assert.deepEqual(Object.values(states(pool)).sort(), ['ejected', 'healthy']);
});

test('an instance is killed and comes back under load: only what it had in hand fails, and it is used again', async (t) => {
  const one = await instance(t, 'one');
  let two = await instance(t, 'two');
  const pool = poolOf(t, { ejectMs: 200, ejectMaxMs: 200 });
  pool.update([document([one.address, two.address])]);
  await healthy(pool, 2);
  const outcomes = new Map<string, number>();
  let running = true;
  const worker = async (): Promise<void> => {
    while (running) {
      const result = await outcome(pool, { method: 'GET' });
      outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const workers = Array.from({ length: 8 }, worker);
  try {
    await eventually('load', () => (outcomes.get('200 two') ?? 0) > 20);
    await stopServer(two.server);
    await eventually('the checks see it', () => Object.values(states(pool)).includes('unhealthy'));
    const before = outcomes.get('200 one') ?? 0;
    await eventually('the other serves', () => (outcomes.get('200 one') ?? 0) > before + 20);
    two = await instance(t, 'two again', two.port);
    await eventually('it is used again', () => (outcomes.get('200 two again') ?? 0) > 20);
  } finally {
    running = false;
    await Promise.all(workers);
  }
  const failed = [...outcomes].filter(([result]) => !result.startsWith('200'));
  for (const [result, count] of failed) assert.ok(result === 'CELL_RESET/unknown' && count <= 8, `${result}: ${count}`);
});

test('beyond maxConcurrent requests wait in a short line, and beyond the line they are OVERLOADED', async (t) => {
  const held: (() => void)[] = [];
  const cell = await httpCell(t, (request, response) => {
    if (request.url === '/healthz') response.end();
    else held.push(() => response.end('ok'));
  });
  const waits: string[] = [];
  const pool = poolOf(
    t,
    { queueMaxRequests: 1, queueMs: 20_000 },
    {
      queued: (_cell, waitedMs) => waits.push(waitedMs >= 0 ? 'waited' : 'what'),
      shed: (_cell, priority, why) => waits.push(`${why} ${priority}`),
    },
  );
  pool.update([document([`127.0.0.1:${cell.port}`], { maxConcurrent: 1 })]);
  await healthy(pool, 1);
  const first = send(pool);
  await eventually('the first is at the cell', () => held.length === 1);
  const second = send(pool);
  const third = send(pool);
  assert.equal(await third.failedAs(), 'OVERLOADED/no');
  assert.match(third.failure?.detail ?? '', /maxConcurrent 1.*cells\.queueMaxRequests/);
  assert.equal(pool.status()[0]?.waiting, 1);
  held[0]?.();
  await first.ended();
  await eventually('the second is at the cell', () => held.length === 2);
  held[1]?.();
  await second.ended();
  assert.deepEqual(waits, ['full 5', 'waited']);
  await eventually('all places are free', () => pool.status()[0]?.inFlight === 0);
});

test('who waits longer than queueMs is OVERLOADED', async (t) => {
  const one = await rawCell(t, () => undefined);
  const pool = poolOf(t, { queueMs: 50, startHealthy: true });
  const health = { ...HEALTH, unhealthyAfter: 1_000_000 };
  pool.update([document([`127.0.0.1:${one.port}`], { maxConcurrent: 1, health })]);
  send(pool);
  const second = send(pool);
  assert.equal(await second.failedAs(), 'OVERLOADED/no');
  assert.match(second.failure?.detail ?? '', /cells\.queueMs/);
});

test('all connections of an instance in use: requests wait, although the cell may take more', async (t) => {
  const held: (() => void)[] = [];
  const cell = await httpCell(t, (request, response) => {
    if (request.url === '/healthz') response.end();
    else held.push(() => response.end('ok'));
  });
  const pool = poolOf(t, { maxConnectionsPerInstance: 2, queueMs: 20_000 });
  pool.update([document([`127.0.0.1:${cell.port}`])]);
  await healthy(pool, 1);
  const answers = [send(pool), send(pool), send(pool)];
  await eventually('two are at the cell', () => held.length === 2);
  assert.equal(pool.status()[0]?.waiting, 1);
  held[0]?.();
  await eventually('the third is at the cell', () => held.length === 3);
  for (const finish of held) finish();
  for (const answer of answers) await answer.ended();
});

test('a client that leaves the line, or the cell, gives its place back', async (t) => {
  let reached = 0;
  const cell = await httpCell(t, (request, response) => {
    if (request.url === '/healthz' || request.url === '/quick') response.end('quick');
    else reached += 1;
  });
  const pool = poolOf(t, { queueMs: 20_000 });
  pool.update([document([`127.0.0.1:${cell.port}`], { maxConcurrent: 1 })]);
  await healthy(pool, 1);
  const first = pool.open(upstreamRequest(), new UpstreamRecorder());
  await eventually('at the cell', () => reached === 1);
  const second = pool.open(upstreamRequest(), new UpstreamRecorder());
  second.cancel();
  assert.equal(pool.status()[0]?.waiting, 0);
  const third = send(pool, { target: '/quick' });
  first.cancel();
  await third.ended();
  assert.equal(third.text, 'quick');
  assert.equal(reached, 1);
  await eventually('all places are free', () => pool.status()[0]?.inFlight === 0);
});

test('an upgraded connection keeps its place until both sides have ended', async (t) => {
  const cell = await rawCell(t, (socket, head) => {
    if (head.startsWith('GET /healthz')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    else socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nbye');
  });
  const pool = poolOf(t);
  pool.update([document([`127.0.0.1:${cell.port}`])]);
  await healthy(pool, 1);
  const answer = new UpstreamRecorder();
  const stream = pool.open(upstreamRequest({ upgrade: 'x' }), answer);
  await answer.ended();
  assert.equal(answer.text, 'bye');
  assert.equal(pool.status()[0]?.inFlight, 1);
  stream.write(Buffer.from('still'));
  stream.end();
  await eventually('the place is free', () => pool.status()[0]?.inFlight === 0);
});

test('a new table keeps instances that stay, and lets those that went end what they have', async (t) => {
  const held: (() => void)[] = [];
  const slow = await httpCell(t, (request, response) => {
    if (request.url === '/healthz') response.end();
    else held.push(() => response.end('slow'));
  });
  const stays = await instance(t, 'stays');
  const connections = new Set<unknown>();
  stays.server.on('request', (request) => {
    if (request.url !== '/healthz') connections.add(request.socket);
  });
  const pool = poolOf(t);
  pool.update([document([`127.0.0.1:${slow.port}`])]);
  await healthy(pool, 1);
  const old = send(pool, { method: 'POST' });
  await eventually('at the old instance', () => held.length === 1);
  pool.update([document([stays.address])]);
  await healthy(pool, 1);
  assert.equal(await outcome(pool), '200 stays');
  pool.update([document([stays.address], { weight: 50, maxConcurrent: 7 })]);
  assert.equal(pool.isAvailable(CELL), true, 'no new check is needed');
  assert.equal(await outcome(pool), '200 stays');
  assert.equal(connections.size, 1);
  held[0]?.();
  await old.ended();
  assert.equal(old.text, 'slow');
});

test('registered instances are used until they leave', async (t) => {
  const one = await instance(t, 'one');
  const pool = poolOf(t, { heartbeatMs: 60_000 });
  pool.update([document([])]);
  const stranger = pool.register('RZ09A' as CellId, 'one', one.address);
  assert.deepEqual(stranger, { ok: false, detail: 'cell RZ09A: not in this data center' });
  assert.equal(pool.register(CELL, 'one', one.address).ok, true);
  await eventually('available', () => pool.isAvailable(CELL));
  assert.equal(await outcome(pool), '200 one');
  assert.deepEqual(pool.status()[0]?.instances[0]?.origins, ['registered:one']);
  assert.equal(pool.deregister(CELL, 'one'), true);
  assert.equal(pool.isAvailable(CELL), false);
  assert.equal(pool.deregister(CELL, 'one'), false);
});

test('close lets requests end, turns away those that wait, and takes no more', async (t) => {
  const held: (() => void)[] = [];
  const cell = await httpCell(t, (request, response) => {
    if (request.url === '/healthz') response.end();
    else held.push(() => response.end('ok'));
  });
  const pool = poolOf(t, { queueMs: 20_000 });
  pool.update([document([`127.0.0.1:${cell.port}`], { maxConcurrent: 1 })]);
  await healthy(pool, 1);
  const first = send(pool);
  await eventually('at the cell', () => held.length === 1);
  const second = send(pool);
  const closed = pool.close(20_000);
  assert.equal(await second.failedAs(), 'DRAINING/no');
  assert.equal(await outcome(pool), 'DRAINING/no');
  held[0]?.();
  await first.ended();
  await closed;
});

test('a health check that gets no answer fails within its time, and slow checks leave the others alone', async (t) => {
  const silent = await rawCell(t, () => undefined);
  const one = await instance(t, 'one');
  const pool = poolOf(t, { checkConcurrency: 1 });
  const health = { ...HEALTH, timeoutMs: 50 };
  pool.update([document([`127.0.0.1:${silent.port}`, one.address], { health })]);
  await eventually('available', () => pool.isAvailable(CELL));
  const status = await eventually('a verdict', () =>
    pool.status()[0]?.instances.find(({ lastError }) => lastError?.includes('health.timeoutMs')),
  );
  assert.equal(status.state, 'unproven');
});
