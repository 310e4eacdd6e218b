import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { overloadBench } from '../../../test/support/overload-bench.ts';
import type { RawClient } from '../../../test/support/raw-client.ts';
import { route } from '../../../test/support/three-cities.ts';

const GET = 'GET /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n';
const PLENTY = { maxConcurrent: 100 };
/** More than the system keeps for the connections on both sides. */
const LARGE_BYTES = 64 * 1024 * 1024;

const impatient = (bodyIdleMs: number) => {
  const timeouts = { ...route({}).timeouts, bodyIdleMs };
  return [route({ timeouts })];
};

async function codeOf(client: RawClient): Promise<string> {
  const [answer] = await client.answers(1);
  await client.ended();
  return `${answer?.status} ${(JSON.parse(answer?.body ?? '') as { error: { code: string } }).error.code}`;
}

const served = async (client: RawClient): Promise<void> => {
  client.send(GET);
  assert.equal((await client.answers(1))[0]?.status, 200);
};

for (const isFast of [true, false]) {
  describe(`a door on the ${isFast ? 'fast' : 'general'} lane`, () => {
    test('closes one connection too many at once, serves the others, and takes one more when one has left', async (t) => {
      const door = { maxConnections: 2 };
      const { connect, connections } = await overloadBench(t, { isFast, ...PLENTY, door });
      const first = await connect();
      const second = await connect();
      await eventually('both are accepted', () => connections.open === 2);
      await (await connect()).ended();
      assert.deepEqual(connections.refused, ['connections']);
      await served(first);
      await served(second);
      first.close();
      await eventually('one has left', () => connections.open === 1);
      await served(await connect());
    });

    test('closes one connection too many of one address', async (t) => {
      const door = { maxConnectionsPerAddress: 2 };
      const { connect, connections } = await overloadBench(t, { isFast, ...PLENTY, door });
      const two = [await connect(), await connect()];
      for (const client of two) await served(client);
      await (await connect()).ended();
      assert.deepEqual(connections.refused, ['address']);
      two[0]?.close();
      await eventually('one has left', () => connections.open === 1);
      await served(await connect());
    });

    test('counts the addresses of PROXY headers, not the load balancer’s', async (t) => {
      const door = { maxConnectionsPerAddress: 1 };
      const { connect, connections } = await overloadBench(t, { isFast, ...PLENTY, door, proxyProtocol: true });
      const open = async (address: string): Promise<RawClient> => {
        const client = await connect();
        client.send(`PROXY TCP4 ${address} 192.0.2.1 5000 443\r\n`);
        return client;
      };
      const [one, other] = [await open('203.0.113.1'), await open('203.0.113.2')];
      await served(one);
      await served(other);
      await (await open('203.0.113.1')).ended();
      assert.deepEqual(connections.refused, ['address']);
    });

    test('answers 408 to a head that does not end, and ends a connection that says nothing', async (t) => {
      const { connect } = await overloadBench(t, { isFast, ...PLENTY, door: { headMs: 200 } });
      const [dripping, silent] = [await connect(), await connect()];
      dripping.send('GET /x HTTP/1.1\r\nHost: ');
      assert.equal(await codeOf(dripping), '408 HEAD_TIMEOUT');
      await silent.ended();
    });

    test('ends a connection that is idle for long', async (t) => {
      const { connect, connections } = await overloadBench(t, { isFast, ...PLENTY, door: { keepAliveMs: 200 } });
      const client = await connect();
      await served(client);
      await client.ended();
      client.close();
      await eventually('nothing is kept of it', () => connections.open === 0);
    });

    test('answers 431 to a head that is larger than it reads, and reads no more of it', async (t) => {
      const { connect } = await overloadBench(t, { isFast, ...PLENTY });
      const client = await connect();
      client.send(`GET /x HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(40 * 1024)}`);
      assert.equal(await codeOf(client), '431 HEAD_TOO_LARGE');
    });

    test('answers 408 to a body that stops, although nobody waits for its place', async (t) => {
      const { connect, pool } = await overloadBench(t, { isFast, ...PLENTY, routes: impatient(200) });
      const client = await connect();
      client.send('POST /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nContent-Length: 9\r\n\r\na');
      assert.equal(await codeOf(client), '408 BODY_TIMEOUT');
      await eventually('its place is free', () => pool.status()[0]?.inFlight === 0);
    });

    test('reads no more from a cell than its client takes, and gives up a client that takes nothing', async (t) => {
      const { cell, connect, ends } = await overloadBench(t, { isFast, ...PLENTY, routes: impatient(400) });
      const large = Buffer.alloc(LARGE_BYTES, 'x');
      cell.answer = ({ socket }) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n`);
        socket.write(large);
      };
      const client = await connect();
      client.socket.pause();
      client.send(GET);
      await eventually('it was given up', () => ends.length === 1);
      assert.deepEqual([ends[0]?.status, ends[0]?.code], [200, 'CLIENT_STALLED']);
      assert.ok((ends[0]?.responseBytes ?? LARGE_BYTES) < LARGE_BYTES);
      await eventually('its cell’s connection is gone', () => cell.left > 0);
    });
  });
}
