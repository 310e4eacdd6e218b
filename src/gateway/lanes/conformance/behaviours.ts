import assert from 'node:assert/strict';
import { eventually } from '../../../../test/support/eventually.ts';
import { CELL_OK } from '../../../../test/support/recording-cell.ts';
import { checkAlive, codeOf, counted } from './check-case.ts';
import type { BenchOptions, ConformanceBench } from './conformance-bench.ts';
import { CHUNKED, GET, POST } from './conformance-case.ts';
import { LEAVING } from './leaving.ts';

export interface Behaviour {
  readonly claim: string;
  readonly options?: BenchOptions;
  run(bench: ConformanceBench): Promise<void>;
}

const MIB = 1024 * 1024;
const HEAD_PART = 'HTTP/1.1 200 OK\r\n';
const get = (path: string): string => `${GET.replace('/x', path)}\r\n`;

const HEADERS: readonly Behaviour[] = [
  {
    claim: 'adds who the client is, whose request it is and under which epoch, and nothing else',
    async run(bench) {
      const client = await bench.connect();
      client.send(`${GET}\r\n`);
      await client.answers(1);
      const { text } = await bench.reached();
      const added = text.slice(text.indexOf('Forwarded:')).replace(/(request-id): [0-9A-Z]{26}/g, '$1: ID');
      const lines = added.replace(/traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-00/, 'traceparent: T').split('\r\n');
      assert.deepEqual(lines, [
        'Forwarded: for=127.0.0.1;host="a";proto=http',
        'X-Forwarded-For: 127.0.0.1',
        'X-Forwarded-Proto: http',
        'X-Forwarded-Host: a',
        'X-Real-IP: 127.0.0.1',
        'traceparent: T',
        'x-request-id: ID',
        'ldc-user-id: 12307',
        'ldc-unit: RZ01',
        'ldc-cell: RZ01A',
        'ldc-data-center: hz-a',
        'ldc-epoch: 1',
        'ldc-request-id: ID',
        'ldc-shard: 07',
        'ldc-primary: hz-a',
        '',
        '',
      ]);
    },
  },
  {
    claim: 'gives its own errors as JSON that no cache keeps, with the request ID',
    async run(bench) {
      const client = await bench.connect();
      client.send('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
      const [answer] = await client.answers(1);
      assert.equal(answer?.status, 400);
      assert.equal(codeOf(answer?.body ?? ''), 'USER_ID_MISSING');
      assert.match(
        answer?.head ?? '',
        /\r\ncontent-type: application\/json; charset=utf-8\r\ncache-control: no-store\r\nx-request-id: \S{26}\r\n/,
      );
      await checkAlive(client, 1);
    },
  },
  {
    claim: 'answers HEAD with the head of its own error and no body',
    async run(bench) {
      const client = await bench.connect();
      client.send('HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n');
      const [answer] = await client.answers(1, ['HEAD']);
      assert.match(answer?.head ?? '', /^HTTP\/1.1 400 .*\r\ncontent-length: [1-9]\d+\r\n/s);
      await checkAlive(client, 1, ['HEAD']);
    },
  },
  {
    claim: 'says which methods a read-only route takes',
    async run(bench) {
      const client = await bench.connect();
      client.send(`${POST.replace('/x', '/catalog/x')}Content-Length: 0\r\n\r\n`);
      const [answer] = await client.answers(1);
      assert.equal(answer?.status, 405);
      assert.match(answer?.head ?? '', /\r\nallow: GET, HEAD, OPTIONS\r\n/);
    },
  },
];

const ORDER: readonly Behaviour[] = [
  {
    claim: 'answers pipelined requests in order',
    async run(bench) {
      bench.cell.answer = ({ target, socket }) =>
        socket.write(`${HEAD_PART}Content-Length: ${target.length}\r\n\r\n${target}`);
      const client = await bench.connect();
      client.send(get('/1') + get('/2') + get('/3'));
      const answers = await client.answers(3);
      assert.deepEqual(
        answers.map(({ body }) => body),
        ['/1', '/2', '/3'],
      );
      await checkAlive(client, 3);
    },
  },
  {
    claim: 'sends a pipelined request only after the answer to the one before',
    async run(bench) {
      const held: (() => void)[] = [];
      bench.cell.answer = ({ socket }) => void held.push(() => socket.write(CELL_OK));
      const client = await bench.connect();
      client.send(`${POST}Content-Length: 2\r\n\r\nhi${get('/2')}`);
      await bench.reached();
      // A request that comes later on another connection overtakes: the second one here is waiting, not slow.
      const other = await bench.connect();
      await checkAlive(other, 0);
      assert.deepEqual(
        bench.cell.requests.map(({ target }) => target),
        ['/x', '/probe'],
      );
      held.shift()?.();
      await eventually('the second request', () => held.shift()).then((answer) => answer());
      assert.equal((await client.answers(2)).length, 2);
    },
  },
  {
    claim: 'serves nothing behind an answer that ends the connection',
    async run(bench) {
      const client = await bench.connect();
      client.send(`${GET}Connection: close\r\n\r\n${get('/2')}`);
      await client.answers(1);
      await client.ended();
      assert.equal((await client.answers(1)).length, 1);
      assert.deepEqual(
        bench.cell.requests.map(({ target }) => target),
        ['/x'],
      );
    },
  },
  {
    claim: 'serves the requests in front of a malformed one, then ends the connection',
    async run(bench) {
      const held: (() => void)[] = [];
      bench.cell.answer = ({ socket }) => void held.push(() => socket.write(CELL_OK));
      const client = await bench.connect();
      client.send(`${get('/1')}nonsense\r\n\r\n`);
      await bench.reached();
      held[0]?.();
      const answers = await client.answers(1);
      await client.ended();
      assert.equal(answers[0]?.body, 'ok');
    },
  },
  {
    claim: 'bounds the requests that wait on one connection',
    options: { settings: { maxPipelined: 5 } },
    async run(bench) {
      bench.cell.answer = () => undefined;
      const client = await bench.connect();
      client.send(get('/1').repeat(20));
      await client.ended();
      assert.ok(bench.cell.requests.length <= 1);
    },
  },
];

const BODIES: readonly Behaviour[] = [
  {
    claim: 'sends 100 Continue when the request was admitted, and not before',
    async run(bench) {
      const client = await bench.connect();
      client.send(`${POST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
      const [first] = await client.answers(1);
      assert.equal(first?.status, 100);
      client.send('hi');
      const answers = await client.answers(2);
      assert.equal(answers[1]?.status, 200);
      const { text } = await bench.reached();
      assert.doesNotMatch(text, /expect/i);
      await checkAlive(client, 2);
    },
  },
  {
    claim: 'refuses an expectation without asking for the body, and ends the connection',
    options: { route: { limits: { bodyBytes: 10 } } },
    async run(bench) {
      const client = await bench.connect();
      client.send(`${POST}Expect: 100-continue\r\nContent-Length: 11\r\n\r\n`);
      const answers = await client.answers(1);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [413],
      );
      assert.match(answers[0]?.head ?? '', /\r\nconnection: close\r\n/i);
      await client.ended();
      assert.equal(bench.cell.streams.length, 0);
    },
  },
  {
    claim: 'passes 103 on',
    async run(bench) {
      const early =
        'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nLink: </b>; rel=preload\r\nldc-unit: x\r\n\r\n';
      bench.cell.answer = early + CELL_OK;
      const client = await bench.connect();
      client.send(`${GET}\r\n`);
      const answers = await client.answers(2);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [103, 200],
      );
      const links = 'Link: </a>; rel=preload\r\nLink: </b>; rel=preload\r\n';
      assert.equal(answers[0]?.head, `HTTP/1.1 103 Early Hints\r\n${links}`);
    },
  },
  {
    claim: 'keeps a 100 that the cell sent unasked to itself',
    async run(bench) {
      bench.cell.answer = `HTTP/1.1 100 Continue\r\n\r\n${CELL_OK}`;
      const client = await bench.connect();
      client.send(`${GET}\r\n`);
      const [answer] = await client.answers(1);
      assert.equal(answer?.status, 200);
    },
  },
  {
    claim: 'sends no 1xx to HTTP/1.0',
    async run(bench) {
      bench.cell.answer = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${CELL_OK}`;
      const client = await bench.connect();
      client.send(`${GET.replace('1.1', '1.0')}\r\n`);
      await client.ended();
      assert.match(client.received, /^HTTP\/1.1 200 /);
    },
  },
  {
    claim: 'gives HTTP/1.0 a chunked answer, trailers announced and all, as bytes until the connection ends',
    async run(bench) {
      bench.cell.answer = `${HEAD_PART}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n`;
      const client = await bench.connect();
      client.send(`${GET.replace('1.1', '1.0')}\r\n`);
      await client.ended();
      assert.match(client.received, /^HTTP\/1.1 200 /);
      assert.doesNotMatch(client.received, /chunked|trailer|X-Sum/i);
      assert.ok(client.received.endsWith('\r\n\r\nabc'), client.received);
    },
  },
  {
    claim: 'passes the trailers of a request on',
    async run(bench) {
      const client = await bench.connect();
      client.send(`${CHUNKED}3\r\nabc\r\n0\r\nX-Sum: 9\r\nldc-shard: 3\r\n\r\n`);
      await client.answers(1);
      const { text } = await bench.reached();
      assert.match(text, /0\r\nX-Sum: 9\r\n\r\n$/);
    },
  },
  {
    claim: 'passes a body on as it comes, before it is whole',
    async run(bench) {
      bench.cell.answer = CELL_OK;
      const client = await bench.connect();
      client.send(`${CHUNKED}3\r\nabc\r\n`);
      await eventually('the first chunk reaches the cell', () => bench.cell.streams[0]?.includes('abc'));
      client.send('2\r\nde\r\n0\r\n\r\n');
      await client.answers(1);
      assert.match((await bench.reached()).text, /transfer-encoding: chunked/i);
    },
  },
  {
    claim: 'passes the head of an answer on before its first byte, and each byte as it comes',
    async run(bench) {
      bench.cell.answer = ({ socket }) =>
        void socket.write(`${HEAD_PART}Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n`);
      const client = await bench.connect();
      client.send(`${GET}\r\n`);
      await eventually('the head alone', () => client.received.includes('text/event-stream'));
      const { socket } = await bench.reached();
      socket.write('7\r\ndata: 1\r\n');
      await eventually('the first event', () => client.received.includes('data: 1'));
      socket.write('0\r\n\r\n');
      await checkAlive(client, 1);
    },
  },
  {
    claim: 'answers 413 to a body that grows over the limit, and the client reads it although it is still sending',
    options: { route: { limits: { bodyBytes: 100_000 } }, settings: { lingerMs: 500 } },
    async run(bench) {
      const client = await bench.connect();
      client.send(`${CHUNKED}`);
      client.send(`${(100_001).toString(16)}\r\n${'a'.repeat(100_001)}\r\n`);
      const [answer] = await client.answers(1);
      client.send(`10\r\n${'b'.repeat(16)}\r\n`);
      assert.deepEqual([answer?.status, codeOf(answer?.body ?? '')], [413, 'BODY_TOO_LARGE']);
      await client.ended();
      assert.equal(client.wasReset, false);
      assert.equal(bench.cell.requests.length, 0);
    },
  },
  {
    claim: 'passes an answer on that comes before the request is whole, then ends the connection',
    options: { settings: { lingerMs: 300 } },
    async run(bench) {
      bench.cell.isEarly = true;
      bench.cell.answer = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno';
      const client = await bench.connect();
      client.send(`${POST}Content-Length: ${MIB}\r\n\r\n${'a'.repeat(1000)}`);
      const [answer] = await client.answers(1);
      assert.deepEqual([answer?.status, answer?.body], [403, 'no']);
      assert.match(answer?.head ?? '', /\r\nconnection: close\r\n/i);
      client.send('a'.repeat(1000));
      await client.ended();
      assert.equal(client.wasReset, false);
    },
  },
  {
    claim: 'carries 8 MiB both ways at once without holding them',
    options: { route: { limits: { bodyBytes: 64 * MIB } } },
    async run(bench) {
      const size = 8 * MIB;
      bench.cell.answer = ({ text, socket }) => {
        const body = text.slice(text.indexOf('\r\n\r\n') + 4);
        socket.write(`${HEAD_PART}Content-Length: ${body.length}\r\n\r\n${body}`, 'latin1');
      };
      const client = await bench.connect();
      const body = 'abcdefgh'.repeat(size / 8);
      client.send(`${POST}Content-Length: ${size}\r\n\r\n${body}`);
      const [answer] = await client.answers(1);
      assert.equal(answer?.body === body, true);
    },
  },
  {
    claim: 'an answer that breaks off is never whole to the client: by length',
    async run(bench) {
      bench.cell.answer = ({ socket }) => void socket.end(`${HEAD_PART}Content-Length: 10\r\n\r\nabc`);
      const client = await bench.connect();
      client.send(`${GET}\r\n`);
      await client.ended();
      assert.deepEqual((await client.answers(0)).length, 0);
      assert.equal((await counted(bench, 1))[0]?.code, 'CELL_RESET');
    },
  },
  {
    claim: 'an answer that breaks off is never whole to the client: in chunks',
    async run(bench) {
      bench.cell.answer = ({ socket }) => void socket.end(`${HEAD_PART}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
      const client = await bench.connect();
      client.send(`${GET}\r\n`);
      await client.ended();
      assert.deepEqual((await client.answers(0)).length, 0);
    },
  },
  {
    claim: 'an answer that breaks off is never whole to the client: HTTP/1.0 gets a reset',
    async run(bench) {
      bench.cell.answer = ({ socket }) => {
        socket.write(`${HEAD_PART}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
        void eventually('the client has the beginning', () => client.received.endsWith('abc')).then(() =>
          socket.destroy(),
        );
      };
      const client = await bench.connect();
      client.send(`${GET.replace('1.1', '1.0')}\r\n`);
      await eventually('the connection is gone', () => client.isClosed);
      assert.equal(client.wasReset, true);
    },
  },
];

export const BEHAVIOURS: readonly Behaviour[] = [...HEADERS, ...ORDER, ...BODIES, ...LEAVING];
