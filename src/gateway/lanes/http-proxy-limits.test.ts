import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import proxy from '@fastify/http-proxy';
import Fastify from 'fastify';
import { eventually } from '../../../test/support/eventually.ts';
import { RawClient } from '../../../test/support/raw-client.ts';
import { type CellAnswer, RecordingCell } from '../../../test/support/recording-cell.ts';

/**
 * What @fastify/http-proxy 11 does today, with its defaults, to the bytes that our conformance suite sends: the reasons of
 * docs/decisions/001-general-lane.md. A case that fails after an update is good news: read the decision again.
 */
const OK = 'HTTP/1.1 200 OK\r\n';
const GET = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n';

interface ProxyBench {
  readonly cell: RecordingCell;
  connect(): Promise<RawClient>;
}

async function proxyBench(test: TestContext, answer: CellAnswer): Promise<ProxyBench> {
  const cell = await RecordingCell.start();
  cell.answer = answer;
  const app = Fastify({ logger: false });
  const clients: RawClient[] = [];
  test.after(async () => {
    for (const client of clients) client.close();
    await cell.close();
    await app.close();
  });
  await app.register(proxy, { upstream: `http://127.0.0.1:${cell.port}` });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    cell,
    async connect() {
      const client = await RawClient.connect((app.server.address() as AddressInfo).port);
      clients.push(client);
      return client;
    },
  };
}

/** What the client got, and what the cell got, of one exchange. */
async function exchange(
  test: TestContext,
  bytes: string,
  answer: CellAnswer,
): Promise<{ status: number; head: string; body: string; trailers: string; sent: string }> {
  const { cell, connect } = await proxyBench(test, answer);
  const client = await connect();
  client.send(bytes);
  const [got] = await client.answers(1);
  assert.ok(got);
  return { ...got, sent: cell.requests[0]?.text ?? '' };
}

test('the trailers of an answer are dropped, although they stay announced', async (t) => {
  const answer = `${OK}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n`;
  const { head, trailers } = await exchange(t, GET, answer);
  assert.match(head, /\r\ntrailer: X-Sum\r\n/);
  assert.equal(trailers, '');
});

test('informational answers are dropped', async (t) => {
  const { status } = await exchange(
    t,
    GET,
    `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
  );
  assert.equal(status, 200);
});

test('hop-by-hop fields of the cell reach the client, and names lose their case and order', async (t) => {
  const fields =
    'Keep-Alive: timeout=9\r\nProxy-Authenticate: x\r\nConnection: X-Gone\r\nX-Gone: 1\r\nB: 2\r\na: 1\r\nb: 3\r\n';
  const { head } = await exchange(t, GET, `${OK}${fields}Content-Length: 2\r\n\r\nok`);
  assert.match(
    head,
    /\r\nkeep-alive: timeout=9\r\nproxy-authenticate: x\r\nconnection: X-Gone\r\nx-gone: 1\r\nb: 2\r\nb: 3\r\na: 1\r\n/,
  );
});

test('a keep-alive field of the client is a 500', async (t) => {
  const { status, body } = await exchange(
    t,
    GET.replace('\r\n\r\n', '\r\nKeep-Alive: 5\r\n\r\n'),
    `${OK}Content-Length: 0\r\n\r\n`,
  );
  assert.equal(status, 500);
  assert.match(body, /invalid keep-alive header/);
});

test('Expect: 100-continue is answered with 100 before anybody asked the cell, then with 500', async (t) => {
  const { cell, connect } = await proxyBench(t, `${OK}Content-Length: 0\r\n\r\n`);
  const client = await connect();
  client.send('POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
  const answers = await client.answers(2);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [100, 500],
  );
  assert.equal(cell.requests.length, 0);
});

test('a connection that the cell resets is a 500 that says nothing of whose fault it was', async (t) => {
  const { status, body } = await exchange(t, GET, ({ socket }) => socket.resetAndDestroy());
  assert.equal(status, 500);
  assert.match(body, /"code":"ECONNRESET"/);
});

test('a GET that the cell answers with 503 is sent ten times more', async (t) => {
  const { cell, connect } = await proxyBench(
    t,
    'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n',
  );
  const client = await connect();
  client.send(GET);
  assert.equal((await client.answers(1))[0]?.status, 503);
  assert.equal(cell.requests.length, 11);
});

test('the head of an event stream waits for its first byte', async (t) => {
  const { cell, connect } = await proxyBench(
    t,
    ({ socket }) => void socket.write(`${OK}Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n`),
  );
  const client = await connect();
  client.send(GET);
  await eventually('the cell has answered', () => cell.requests.length === 1);
  // Long enough for a whole exchange on another connection: the head is not merely slow.
  const other = await connect();
  other.send(GET.replace('/x', '/probe'));
  await other.answers(1);
  assert.equal(client.received, '');
  cell.requests[0]?.socket.write('1\r\na\r\n');
  await eventually('the head comes with the first byte', () => client.received.includes('event-stream'));
});

test('a client that leaves before the head of the answer leaves the cell working for nobody', async (t) => {
  const { cell, connect } = await proxyBench(t, () => undefined);
  const client = await connect();
  client.send(GET);
  await eventually('the request is at the cell', () => cell.requests.length === 1);
  client.close();
  await eventually('the client is gone', () => client.isClosed);
  const other = await connect();
  other.send(GET.replace('/x', '/probe'));
  await other.answers(1);
  assert.equal(cell.left, 0);
});

test('the cell does not see the client’s Host, and two Hosts are no mistake', async (t) => {
  const { status, sent } = await exchange(
    t,
    GET.replace('\r\n\r\n', '\r\nHost: b\r\n\r\n'),
    `${OK}Content-Length: 0\r\n\r\n`,
  );
  assert.equal(status, 200);
  assert.match(sent, /\r\nhost: 127\.0\.0\.1:\d+\r\n/);
});

test('Transfer-Encoding: gzip, chunked and a length with leading zeros pass', async (t) => {
  const coded = await exchange(
    t,
    'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    `${OK}Content-Length: 0\r\n\r\n`,
  );
  assert.equal(coded.status, 200);
  const padded = await exchange(
    t,
    'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0002\r\n\r\nhi',
    `${OK}Content-Length: 0\r\n\r\n`,
  );
  assert.equal(padded.status, 200);
});

test('OPTIONS * becomes a request for the path /*', async (t) => {
  const { sent } = await exchange(t, 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', `${OK}Content-Length: 0\r\n\r\n`);
  assert.match(sent, /^OPTIONS \/\* HTTP\/1\.1\r\n/);
});

test('Fastify answers by itself: 404 to a method that it has no route for, 415 to a content type that it cannot parse', async (t) => {
  const purge = await exchange(t, 'PURGE /x HTTP/1.1\r\nHost: a\r\n\r\n', `${OK}Content-Length: 0\r\n\r\n`);
  assert.deepEqual([purge.status, purge.sent], [404, '']);
  const typed = await exchange(
    t,
    'DELETE /x HTTP/1.1\r\nHost: a\r\nContent-Type: x/\r\nContent-Length: 0\r\n\r\n',
    `${OK}Content-Length: 0\r\n\r\n`,
  );
  assert.deepEqual([typed.status, typed.sent], [415, '']);
});
