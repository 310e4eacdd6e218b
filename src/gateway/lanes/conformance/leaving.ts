import assert from 'node:assert/strict';
import { eventually } from '../../../../test/support/eventually.ts';
import type { Behaviour } from './behaviours.ts';
import { checkAlive, codeOf, counted } from './check-case.ts';
import { CHUNKED, GET, POST } from './conformance-case.ts';

const HEAD_PART = 'HTTP/1.1 200 OK\r\n';

/** A closed connection looks like one whose client waits, until something is sent on it. */
const NOTICED_SOON = { settings: { halfClosedMs: 20 } };

/** Who leaves when, and who waits for how long. */
export const LEAVING: readonly Behaviour[] = [
  {
    claim: 'a client that leaves before the answer ends the request at the cell',
    options: NOTICED_SOON,
    async run(bench) {
      bench.cell.answer = () => undefined;
      const client = await bench.connect();
      client.send(`${GET}\r\n`);
      await bench.reached();
      client.close();
      await eventually('the cell lost the request', () => bench.cell.left === 1);
      assert.deepEqual(
        (await counted(bench, 1)).map(({ status, code }) => [status, code]),
        [[499, 'CLIENT_GONE']],
      );
    },
  },
  {
    claim: 'a client that leaves in the middle of its upload ends the request at the cell',
    async run(bench) {
      const client = await bench.connect();
      client.send(`${POST}Content-Length: 100000\r\n\r\n${'a'.repeat(5000)}`);
      await eventually('a part reaches the cell', () => (bench.cell.streams[0]?.length ?? 0) > 5000);
      client.close();
      await eventually('the cell lost the request', () => bench.cell.left === 1);
      assert.equal(bench.cell.requests.length, 0);
      assert.equal((await counted(bench, 1))[0]?.code, 'CLIENT_GONE');
    },
  },
  {
    claim: 'a client that leaves in the middle of the answer ends the request at the cell',
    options: NOTICED_SOON,
    async run(bench) {
      bench.cell.answer = ({ socket }) => void socket.write(`${HEAD_PART}Content-Length: 1000\r\n\r\nabc`);
      const client = await bench.connect();
      client.send(`${GET}\r\n`);
      await eventually('the beginning of the answer', () => client.received.endsWith('abc'));
      client.close();
      await eventually('the cell lost the request', () => bench.cell.left === 1);
      assert.equal((await counted(bench, 1))[0]?.code, 'CLIENT_GONE');
    },
  },
  {
    claim: 'a client that resets its connection ends the request at the cell at once',
    options: { settings: { halfClosedMs: 600_000 } },
    async run(bench) {
      bench.cell.answer = () => undefined;
      const client = await bench.connect();
      client.send(`${GET}\r\n`);
      await bench.reached();
      client.socket.resetAndDestroy();
      await eventually('the cell lost the request', () => bench.cell.left === 1);
    },
  },
  {
    claim: 'a client that ends its side in the middle of its upload gets no answer of the cell',
    async run(bench) {
      const client = await bench.connect();
      client.send(`${POST}Content-Length: 100\r\n\r\nabc`);
      client.socket.end();
      await client.ended();
      assert.equal(bench.cell.requests.length, 0);
    },
  },
  {
    claim: 'a head that does not come in time gets 408 and the connection ends',
    options: { settings: { headMs: 100 } },
    async run(bench) {
      const client = await bench.connect();
      client.send('GET /x HTTP/1.1\r\nHost: a\r\n');
      const [answer] = await client.answers(1);
      assert.deepEqual([answer?.status, codeOf(answer?.body ?? '')], [408, 'HEAD_TIMEOUT']);
      await client.ended();
      assert.equal(bench.cell.streams.length, 0);
    },
  },
  {
    claim: 'a head that drips in byte by byte gets 408 all the same',
    options: { settings: { headMs: 200 } },
    async run(bench) {
      const client = await bench.connect();
      client.send('GET /x HTTP/1.1\r\nHost: a\r\nX: ');
      const drip = setInterval(() => client.send('a'), 20);
      try {
        const [answer] = await client.answers(1);
        assert.equal(answer?.status, 408);
      } finally {
        clearInterval(drip);
      }
    },
  },
  {
    claim: 'a body without progress gets 408, and the cell loses the request',
    options: {
      route: { timeouts: { identityMs: 500, connectMs: 5000, responseHeadMs: 20_000, bodyIdleMs: 150, requestMs: 0 } },
      settings: { lingerMs: 100 },
    },
    async run(bench) {
      const client = await bench.connect();
      client.send(`${CHUNKED}3\r\nabc\r\n`);
      const [answer] = await client.answers(1);
      assert.deepEqual([answer?.status, codeOf(answer?.body ?? '')], [408, 'BODY_TIMEOUT']);
      await client.ended();
      await eventually('the cell lost the request', () => bench.cell.left === 1);
    },
  },
  {
    claim: 'a client that takes nothing of a long answer is cut off',
    options: {
      route: { timeouts: { identityMs: 500, connectMs: 5000, responseHeadMs: 20_000, bodyIdleMs: 300, requestMs: 0 } },
    },
    async run(bench) {
      const size = 64 * 1024 * 1024;
      bench.cell.answer = ({ socket }) => {
        socket.write(`${HEAD_PART}Content-Length: ${size}\r\n\r\n`);
        socket.write(Buffer.alloc(size));
      };
      const client = await bench.connect();
      client.socket.pause();
      client.send(`${GET}\r\n`);
      assert.equal((await counted(bench, 1))[0]?.code, 'CLIENT_STALLED');
      await eventually('the cell lost the request', () => bench.cell.left === 1);
    },
  },
  {
    claim: 'a cell that does not answer in time gets the client 504, and its connection stays',
    options: {
      route: { timeouts: { identityMs: 500, connectMs: 5000, responseHeadMs: 100, bodyIdleMs: 10_000, requestMs: 0 } },
    },
    async run(bench) {
      bench.cell.answer = () => undefined;
      const client = await bench.connect();
      client.send(`${GET}\r\n`);
      const [answer] = await client.answers(1);
      assert.deepEqual([answer?.status, codeOf(answer?.body ?? '')], [504, 'RESPONSE_TIMEOUT']);
      await checkAlive(client, 1);
    },
  },
  {
    claim: 'a request that takes too long as a whole gets the client 504',
    options: {
      route: {
        timeouts: { identityMs: 500, connectMs: 5000, responseHeadMs: 10_000, bodyIdleMs: 10_000, requestMs: 100 },
      },
    },
    async run(bench) {
      bench.cell.answer = () => undefined;
      const client = await bench.connect();
      client.send(`${GET}\r\n`);
      const [answer] = await client.answers(1);
      assert.deepEqual([answer?.status, codeOf(answer?.body ?? '')], [504, 'REQUEST_TIMEOUT']);
      await eventually('the cell lost the request', () => bench.cell.left === 1);
    },
  },
  {
    claim: 'a cell that closes before its answer gets the client 502',
    async run(bench) {
      bench.cell.answer = ({ socket }) => void socket.end();
      const client = await bench.connect();
      client.send(`${POST}Content-Length: 2\r\n\r\nhi`);
      const [answer] = await client.answers(1);
      assert.deepEqual([answer?.status, codeOf(answer?.body ?? '')], [502, 'CELL_RESET']);
      await checkAlive(client, 1);
    },
  },
  {
    claim: 'a drain serves what is on its way, and says that it was the last',
    options: { settings: { drainIdleMs: 2_000, drainMs: 10_000 } },
    async run(bench) {
      bench.cell.answer = () => undefined;
      const busy = await bench.connect();
      const idle = await bench.connect();
      await checkAlive(idle, 0);
      busy.send(`${GET}\r\n`);
      const { socket } = await bench.reached(1);
      const drained = bench.door.drain();
      await checkAlive(idle, 1);
      await idle.ended();
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      const [answer] = await busy.answers(1);
      assert.match(answer?.head ?? '', /\r\nconnection: close\r\n/i);
      await busy.ended();
      await drained;
      await assert.rejects(bench.connect(), { code: 'ECONNREFUSED' });
    },
  },
];
