import assert from 'node:assert/strict';
import { eventually } from '../../../../test/support/eventually.ts';
import { CELL_OK } from '../../../../test/support/recording-cell.ts';
import type { Behaviour } from './behaviours.ts';
import { counted } from './check-case.ts';
import { CHUNKED, GET, POST } from './conformance-case.ts';

const get = (path: string): string => `${GET.replace('/x', path)}\r\n`;
const WHOLE: readonly (readonly [what: string, bytes: string])[] = [
  ['a GET', get('/1')],
  ['a GET in HTTP/1.0', get('/1').replace('1.1', '1.0')],
  ['a POST by length', `${POST}Content-Length: 3\r\n\r\nabc`],
  ['a POST in chunks', `${CHUNKED}3\r\nabc\r\n0\r\n\r\n`],
];
const ASKED_SOON = { settings: { halfClosedMs: 20 } };
/** Nothing is asked, and nothing ends, within a test. */
const NEVER_ASKED = { settings: { halfClosedMs: 600_000 } };

/** A client that ends its side behind what it asked is owed the answer: RFC 9112 §9.6 has only "close" end the asking. */
export const HALF_CLOSED: readonly Behaviour[] = [
  ...WHOLE.map(
    ([what, bytes]): Behaviour => ({
      claim: `answers ${what} whose client ends its side at once`,
      options: NEVER_ASKED,
      async run(bench) {
        const client = await bench.connect();
        client.socket.end(bytes, 'latin1');
        const [answer] = await client.answers(1);
        assert.deepEqual([answer?.status, answer?.body], [200, 'ok']);
        await client.ended();
        assert.equal((await counted(bench, 1))[0]?.code, null);
      },
    }),
  ),
  {
    claim: 'answers all requests that were sent before the client ended its side',
    options: NEVER_ASKED,
    async run(bench) {
      const client = await bench.connect();
      client.socket.end(get('/1') + get('/2') + get('/3'), 'latin1');
      const answers = await client.answers(3);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200],
      );
      await client.ended();
      assert.deepEqual(
        bench.cell.requests.map(({ target }) => target),
        ['/1', '/2', '/3'],
      );
    },
  },
  {
    claim: 'asks a client that ended its side whether it is still there, and answers it when the cell does',
    options: ASKED_SOON,
    async run(bench) {
      bench.cell.answer = () => undefined;
      const client = await bench.connect();
      client.socket.end(get('/1'), 'latin1');
      const { socket } = await bench.reached();
      await eventually('it is asked twice', () => client.whole().length >= 2);
      socket.write(CELL_OK);
      await client.ended();
      const statuses = client.whole().map(({ status }) => status);
      assert.deepEqual([statuses.at(0), statuses.at(-1), bench.cell.left], [100, 200, 0]);
    },
  },
  {
    claim: 'goes on with an answer that had begun when the client ended its side',
    options: NEVER_ASKED,
    async run(bench) {
      bench.cell.answer = ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc');
      const client = await bench.connect();
      client.send(get('/1'));
      const { socket } = await bench.reached();
      await eventually('the beginning', () => client.received.endsWith('abc'));
      client.socket.end();
      // What the lane does with the end comes before what it does with a connection that was made behind it.
      (await bench.connect()).socket.end(get('/2'), 'latin1');
      await bench.reached(1);
      socket.write('def');
      assert.equal((await client.answers(1))[0]?.body, 'abcdef');
      await client.ended();
    },
  },
  {
    claim: 'a client that ended its side and gets nothing more of a begun answer counts as gone',
    options: ASKED_SOON,
    async run(bench) {
      bench.cell.answer = ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc');
      const client = await bench.connect();
      client.socket.end(get('/1'), 'latin1');
      await eventually('the cell lost the request', () => bench.cell.left === 1);
      assert.equal((await counted(bench, 1))[0]?.code, 'CLIENT_GONE');
    },
  },
  {
    claim: 'a connection whose client ends its side between requests ends',
    options: NEVER_ASKED,
    async run(bench) {
      const client = await bench.connect();
      client.send(get('/1'));
      await client.answers(1);
      client.socket.end();
      await client.ended();
    },
  },
  {
    claim: 'answers a whole request whose client ends its side inside the next one',
    options: NEVER_ASKED,
    async run(bench) {
      const client = await bench.connect();
      client.socket.end(`${get('/1')}${POST}Content-Length: 9\r\n\r\nabc`, 'latin1');
      assert.equal((await client.answers(1))[0]?.status, 200);
      await client.ended();
      assert.equal(client.whole().length, 1);
    },
  },
  {
    claim: 'a connection whose client ends its side inside a head ends without an answer',
    options: NEVER_ASKED,
    async run(bench) {
      const client = await bench.connect();
      client.socket.end(get('/1').slice(0, -2), 'latin1');
      await client.ended();
      assert.equal(client.received, '');
    },
  },
  {
    claim: 'refuses a request whose client ends its side inside a body that nobody would have taken',
    options: NEVER_ASKED,
    async run(bench) {
      for (const method of ['GET', 'HEAD']) {
        const client = await bench.connect();
        client.socket.end(`${GET.replace('GET', method)}Content-Length: 9007199254740993\r\n\r\n`, 'latin1');
        await client.ended();
        assert.match(client.received, /^HTTP\/1\.1 400 /, method);
      }
    },
  },
];
