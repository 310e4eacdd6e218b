import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { instanceOf, silentLog, startCells } from '../../test/support/ledger-cells.ts';
import { machineClock } from '../../test/support/machine-clock.ts';
import { Heartbeat } from './heartbeat.ts';
import { JsonClient } from './json-client.ts';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body: string;
}

/** A gateway's admin port that writes down what it is asked. */
async function startAdmin(t: TestContext, port = 0, beforeAnswer: () => Promise<void> = async () => {}) {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    await beforeAnswer();
    calls.push({
      method: request.method ?? '',
      path: request.url ?? '',
      token: request.headers.authorization ?? '',
      body,
    });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  t.after(stop);
  return { calls, stop, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('every instance is registered with every gateway again and again, and deregistered at the end', async (t) => {
  const admins = [await startAdmin(t), await startAdmin(t)];
  const gateways = { urls: admins.map((admin) => admin.url), token: 'secret' };
  const cells = await startCells(t, 'hz-b', { gateways, heartbeatMs: 20, instancesPerCell: 2, instanceWeight: 3 });
  const { address } = instanceOf(cells, 'RZ01B');
  for (const { calls } of admins) {
    const of = (method: string, path: string) => calls.filter((call) => call.method === method && call.path === path);
    for (const { cell, instance } of cells.instances)
      await eventually(`${instance} twice`, () => of('PUT', `/v1/instances/${cell}/${instance}`).length >= 2);
    const [first] = of('PUT', '/v1/instances/RZ01B/RZ01B-1');
    assert.deepEqual([first?.token, JSON.parse(first?.body ?? '')], ['Bearer secret', { address, weight: 3 }]);
  }
  await cells.stop();
  for (const { calls } of admins) {
    const deleted = calls.filter((call) => call.method === 'DELETE').map((call) => call.path);
    const expected = cells.instances.map(({ cell, instance }) => `/v1/instances/${cell}/${instance}`);
    assert.deepEqual(deleted.sort(), expected.sort());
  }
});

test('a gateway that is away is told of once, tried on, and found again', async (t) => {
  const first = await startAdmin(t);
  const client = new JsonClient(machineClock);
  t.after(() => client.close());
  const told: string[] = [];
  const tell = (_fields: unknown, message: string): void => void told.push(message);
  const heartbeat = new Heartbeat([{ cell: 'RZ01A', instance: 'RZ01A-1', address: '127.0.0.1:1' }], {
    clock: machineClock,
    client,
    log: { ...silentLog, info: tell, warn: tell },
    target: { urls: [first.url], token: 'secret' },
    intervalMs: 15,
    weight: null,
  });
  heartbeat.start();
  t.after(() => heartbeat.stop(100));
  await eventually('registered', () => first.calls.length > 0);
  await first.stop();
  await eventually('told', () => told.length === 1);
  const second = await startAdmin(t, Number(new URL(first.url).port));
  await eventually('registered again', () => second.calls.length > 1);
  await eventually('told', () => told.length === 2);
  assert.match(told[0] ?? '', /does not take the instance/);
});

test('a registration in flight does not bring back an instance that deregisters', async (t) => {
  const first = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const admin = await startAdmin(t, 0, () => {
    arrived.resolve();
    return first.promise;
  });
  const client = new JsonClient(machineClock);
  t.after(() => client.close());
  const target = { urls: [admin.url], token: 'secret' };
  const parts = { clock: machineClock, client, log: silentLog, target, intervalMs: 1_000, weight: null };
  const heartbeat = new Heartbeat([{ cell: 'RZ01A', instance: 'RZ01A-1', address: '127.0.0.1:1' }], parts);
  heartbeat.start();
  await arrived.promise;
  const stopped = heartbeat.stop(30_000);
  first.resolve();
  await stopped;
  assert.deepEqual(
    admin.calls.map((call) => call.method),
    ['PUT', 'DELETE'],
  );
});
