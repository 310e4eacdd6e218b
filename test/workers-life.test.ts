import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { DoorCallers } from './support/door-callers.ts';
import { eventually } from './support/eventually.ts';
import { GatewayProcess, PATIENT, type WorkerView } from './support/gateway-process.ts';
import { RawClient } from './support/raw-client.ts';
import { OPERATION, WorkerRealm } from './support/worker-realm.ts';

const USER = '1001';
const GET = `GET /a HTTP/1.1\r\nHost: h\r\nX-User-Id: ${USER}\r\n\r\n`;
/** A write whose body has not come yet. */
const SLOW_WRITE = `POST /slow HTTP/1.1\r\nHost: h\r\nX-User-Id: ${USER}\r\nContent-Length: 2\r\n\r\n`;
const HORIZON_MS = 2_000;
/** Other workers may have to be started before what is waited for. */
const START_MS = 120_000;

/** A client with an answer behind it, on a connection of its own. */
async function clientOf(t: TestContext, gateway: GatewayProcess): Promise<RawClient> {
  const client = await RawClient.connect(gateway.ports.door);
  t.after(() => client.close());
  client.send(GET);
  await client.answers(1);
  return client;
}

/** False: the connection was handed to a worker that was dying, and ended with it. */
async function isServed(t: TestContext, gateway: GatewayProcess): Promise<boolean> {
  const client = await RawClient.connect(gateway.ports.door);
  t.after(() => client.close());
  client.send(GET);
  const answered = client.answers(1).then(
    () => true,
    () => false,
  );
  return Promise.race([answered, client.ended().then(() => false)]);
}

/** The worker that has a client's write in flight, once it has. */
function workerOf(t: TestContext, gateway: GatewayProcess, client: RawClient): Promise<WorkerView> {
  client.send(SLOW_WRITE);
  return eventually('a worker has the write in flight', async () => {
    const worker = (await gateway.workers()).find(({ guard }) => guard?.writesInFlight === 1);
    if (worker !== undefined) t.after(() => isAlive(worker.pid) && process.kill(worker.pid, 'SIGKILL'));
    return worker;
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const pidsOf = async (gateway: GatewayProcess): Promise<number[]> =>
  (await gateway.workers()).map(({ pid }) => pid).sort();

test('a worker that is stopped acknowledges nothing after its horizon, and the freeze is not acknowledged for it', async (t) => {
  const realm = await WorkerRealm.start(t);
  const gateway = await GatewayProcess.start(realm, 'e1', {
    config: { guard: { horizonMs: HORIZON_MS, readMs: 500, beatMs: 200 }, workers: { ...PATIENT, silentMs: 600_000 } },
  });
  const client = await clientOf(t, gateway);
  const stopped = await workerOf(t, gateway, client);
  process.kill(stopped.pid, 'SIGSTOP');
  const epoch = await realm.freeze();
  const frozenAt = performance.now();
  await eventually('the other worker runs the freeze', async () =>
    (await gateway.status()).workers.some(({ table }) => table?.epoch === epoch),
  );
  client.send('ab');
  // What is read before the freeze may have given it a horizon of this length; the claim is about the time after.
  await eventually('no horizon of before is left', () => performance.now() - frozenAt > HORIZON_MS + 200);
  const [record] = await realm.guards();
  assert.deepEqual(record?.drained, []);
  process.kill(stopped.pid, 'SIGCONT');
  const [, answer] = await client.answers(2);
  assert.equal(answer?.status, 504, answer?.body ?? '');
  assert.ok(answer.body.includes('OUTCOME_UNKNOWN'), answer.body);
  await eventually('the freeze is acknowledged', async () =>
    (await realm.guards()).some(({ drained }) => drained[0]?.operation === OPERATION && drained[0].epoch === epoch),
  );
  assert.equal((await gateway.workers()).length, 2);
});

test('a worker that gives no sign of life is killed: then the freeze is acknowledged without it, and another one is started', async (t) => {
  const realm = await WorkerRealm.start(t);
  const gateway = await GatewayProcess.start(realm, 'e1', { config: { workers: { ...PATIENT, silentMs: 4_000 } } });
  const client = await clientOf(t, gateway);
  const silent = await workerOf(t, gateway, client);
  process.kill(silent.pid, 'SIGSTOP');
  const epoch = await realm.freeze();
  await eventually('the freeze is acknowledged', async () =>
    (await realm.guards()).some(({ drained }) => drained[0]?.epoch === epoch),
  );
  assert.equal(isAlive(silent.pid), false, 'not before it is dead');
  await client.ended();
  assert.equal(client.whole().length, 1, 'nobody was told of the write');
  await eventually('another one serves', async () => (await gateway.workers()).length === 2, START_MS);
  assert.ok(!(await pidsOf(gateway)).includes(silent.pid));
  assert.equal(await gateway.metric('ldc_gateway_workers_lost_total', 'silent'), 1);
  await realm.thaw();
  await clientOf(t, gateway);
});

test('a worker that is killed loses its own connections only, and what it counted stays', async (t) => {
  const realm = await WorkerRealm.start(t);
  const gateway = await GatewayProcess.start(realm, 'e1');
  const [one, other] = [await clientOf(t, gateway), await clientOf(t, gateway)];
  const killed = await workerOf(t, gateway, one);
  assert.equal(await gateway.metric('ldc_gateway_requests_total'), 2);
  process.kill(killed.pid, 'SIGKILL');
  await one.ended();
  other.send(GET);
  assert.equal((await other.answers(2)).at(-1)?.status, 200);
  await eventually('a new connection is served', () => isServed(t, gateway));
  assert.equal(await gateway.metric('ldc_gateway_requests_total'), 4);
  await eventually('another one serves', async () => (await gateway.workers()).length === 2, START_MS);
  assert.equal(await gateway.metric('ldc_gateway_workers_lost_total', 'crashed'), 1);
  assert.equal(await gateway.metric('ldc_gateway_requests_total'), 4);
  const pids = await pidsOf(gateway);
  await gateway.kill();
  await eventually('without their parent the workers end', () => !pids.some(isAlive));
});

test('a hot restart refuses, resets and fails nothing, on new connections and on kept ones', async (t) => {
  const realm = await WorkerRealm.start(t);
  const gateway = await GatewayProcess.start(realm, 'e1');
  const callers = new DoorCallers(gateway.ports.door, GET);
  t.after(() => callers.stop());
  callers.start('kept', 4);
  callers.start('fresh', 2);
  const before = await pidsOf(gateway);
  const seen = { kept: callers.answers('kept'), fresh: callers.answers('fresh') };
  gateway.signal('SIGHUP');
  await eventually(
    'new workers serve, and those of before are gone',
    () => gateway.said('new workers serve') === 1 && !before.some(isAlive),
    START_MS,
  );
  await eventually('the callers go on', () =>
    (['kept', 'fresh'] as const).every((kind) => callers.answers(kind) > seen[kind] + 20),
  );
  assert.equal((await gateway.workers()).length, 2);
  await callers.stop();
  assert.deepEqual(callers.failures, []);
  const answers = callers.answers('kept') + callers.answers('fresh');
  assert.equal(
    await gateway.metric('ldc_gateway_requests_total'),
    answers,
    'workers that ended in order forget nothing',
  );
  assert.equal(await gateway.metric('ldc_gateway_workers_lost_total'), 0);
});

test('a TLS session goes on at any worker; with a certificate that cannot be read the workers of before stay', async (t) => {
  const realm = await WorkerRealm.start(t);
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(realm.directory, 'gateway-e1', name)) as [
    string,
    string,
  ];
  const gateway = await GatewayProcess.start(realm, 'e1', {
    config: { door: { port: 0, tls: { cert, key }, drainIdleMs: 100, drainMs: 2_000 } },
  });
  const first = await tlsClient(t, gateway);
  const session = first.getSession();
  const more = await Promise.all([tlsClient(t, gateway, session), tlsClient(t, gateway, session)]);
  assert.deepEqual(
    more.map((socket) => socket.isSessionReused()),
    [true, true],
  );
  const workers = await gateway.workers();
  assert.deepEqual(workers.map(({ connections }) => connections.door).sort(), [1, 2]);
  const good = readFileSync(cert);
  writeFileSync(cert, 'no certificate');
  gateway.signal('SIGHUP');
  await eventually(
    'the log says so',
    () => gateway.said('new workers cannot serve; the old ones stay') === 1,
    START_MS,
  );
  assert.deepEqual(await pidsOf(gateway), workers.map(({ pid }) => pid).sort());
  await tlsClient(t, gateway);
  writeFileSync(cert, good);
  gateway.signal('SIGHUP');
  await eventually('new workers serve', () => gateway.said('new workers serve') === 1, START_MS);
  await tlsClient(t, gateway);
});

/** Of TLS 1.2, which says in the handshake whether a session goes on. */
function tlsClient(t: TestContext, gateway: GatewayProcess, session?: Buffer): Promise<TLSSocket> {
  const socket = connect({
    port: gateway.ports.door,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
    ...(session && { session }),
  });
  t.after(() => socket.destroy());
  return new Promise((resolve, reject) => {
    socket.once('error', reject).once('secureConnect', () => socket.write(GET));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.startsWith('HTTP/1.1 200') && text.endsWith('ok')) resolve(socket);
    });
  });
}
