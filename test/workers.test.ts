import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { eventually } from './support/eventually.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { RawClient } from './support/raw-client.ts';
import { OPERATION, WorkerRealm } from './support/worker-realm.ts';

const OWN_USER = '1001';
const OTHER_USER = '1007';

const get = (user: string, more = ''): string => `GET /a HTTP/1.1\r\nHost: h\r\nX-User-Id: ${user}\r\n${more}\r\n`;
/** A write whose body has not come yet. */
const slowWrite = (user: string): string =>
  `POST /slow HTTP/1.1\r\nHost: h\r\nX-User-Id: ${user}\r\nContent-Length: 2\r\n\r\n`;

/** Clients whose connections are at different workers: as many as there are workers. */
async function clientsOf(t: TestContext, gateway: GatewayProcess, count: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  for (let n = 0; n < count; n += 1) {
    const client = await RawClient.connect(gateway.ports.door);
    t.after(() => client.close());
    client.send(get(OWN_USER));
    await client.answers(1);
    clients.push(client);
  }
  return clients;
}

test('both workers serve, in and out over the interlink, upgrades too, and the metrics are the sum over them', async (t) => {
  const realm = await WorkerRealm.start(t);
  const [east, west] = await Promise.all([GatewayProcess.start(realm, 'e1'), GatewayProcess.start(realm, 'w1')]);
  await eventually('they reach each other', async () => {
    const all = await Promise.all([east.status(), west.status()]);
    return all.every(({ unavailableCells }) => unavailableCells.length === 0);
  });
  const clients = await clientsOf(t, east, 4);
  const workers = await east.workers();
  assert.deepEqual(
    workers.map(({ connections }) => connections.door),
    [2, 2],
  );
  for (const client of clients) client.send(get(OTHER_USER));
  for (const client of clients) {
    const [, answer] = await client.answers(2);
    assert.equal(answer?.status, 200);
    assert.match(answer?.head ?? '', /ldc-lane: fast/);
    assert.match(answer?.head ?? '', /ldc-cell: R2-w1/);
  }
  assert.equal(await east.metric('ldc_gateway_requests_total'), 8);
  assert.equal(await east.metric('ldc_gateway_request_duration_seconds_count'), 8);
  assert.equal(await east.metric('ldc_gateway_workers_serving'), 2);
  assert.ok((await east.metric('ldc_gateway_guard_horizon_seconds')) > 0);
  realm.cells.e1.answer = ({ socket }) =>
    void socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello');
  const upgraded = await RawClient.connect(east.ports.door);
  t.after(() => upgraded.close());
  upgraded.send(get(OWN_USER, 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'));
  await eventually('the protocol is changed', () => upgraded.received.endsWith('hello'));
  upgraded.close();
  assert.equal(await east.stop(), 0, east.output);
  assert.equal((await realm.guards()).length, 1, 'its record is gone');
});

test('a freeze is acknowledged only when every worker has drained', async (t) => {
  const realm = await WorkerRealm.start(t);
  // A long horizon: the writes are to be acknowledged, however slow this machine is.
  const gateway = await GatewayProcess.start(realm, 'e1', { config: { guard: { horizonMs: 60_000 } } });
  const clients = await clientsOf(t, gateway, 2);
  for (const client of clients) client.send(slowWrite(OWN_USER));
  const inFlight = async (): Promise<number[]> =>
    (await gateway.workers()).map(({ guard }) => guard?.writesInFlight ?? 0).sort();
  await eventually('each worker has a write in flight', async () => `${await inFlight()}` === '1,1');
  const epoch = await realm.freeze();
  await eventually('each worker runs the freeze', async () =>
    (await gateway.workers()).every(({ table }) => table?.epoch === epoch),
  );
  const [first, second] = clients as [RawClient, RawClient];
  first.send('ab');
  assert.equal((await first.answers(2)).at(-1)?.status, 200);
  await eventually('one worker has drained', async () =>
    (await gateway.workers()).some(({ guard }) => guard?.drained.length === 1),
  );
  assert.deepEqual(await inFlight(), [0, 1]);
  // A record that is younger than that.
  const { beat } = (await realm.guards())[0] ?? { beat: 0 };
  const younger = await eventually('the record is written again', async () =>
    (await realm.guards()).find((record) => record.beat > beat + 1),
  );
  assert.deepEqual(younger.drained, []);
  second.send('ab');
  assert.equal((await second.answers(2)).at(-1)?.status, 200);
  const drained = await eventually('the freeze is acknowledged', async () =>
    (await realm.guards()).find((record) => record.drained.length > 0),
  );
  assert.deepEqual(drained.drained, [{ operation: OPERATION, epoch }]);
  assert.equal(drained.applied?.epoch, epoch);
});
