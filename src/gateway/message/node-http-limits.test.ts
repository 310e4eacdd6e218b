import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { ErrorCode } from '../../errors.ts';
import { checkHead } from './check-head.ts';

/**
 * The general lane sees requests through node:http, which refuses some bad bytes, hands on others, and repairs a few so
 * that nobody sees them any more. This is what it does today, with default options but `requireHostHeader: false`, and
 * what our rules say to what it handed on. A case that fails after an update of Node: read docs/message-rules.md again.
 */
type Outcome =
  /** node:http refuses it: `clientError`, nothing reaches us. */
  | 'refused'
  /** node:http answers it by itself, without asking us. */
  | 'answered'
  /** It reaches us, and checkHead accepts it. */
  | 'ok'
  /** It reaches us, and checkHead refuses it with this code. */
  | ErrorCode;

type Case = readonly [claim: string, bytes: string, outcome: Outcome];
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: a\r\n';
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
const many = (count: number): string => Array.from({ length: count }, (_, i) => `X${i}: a\r\n`).join('');

const LINE_ENDS: readonly Case[] = [
  ['obs-fold', `${GET}X: a\r\n b\r\n\r\n`, 'refused'],
  ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 'refused'],
  ['a bare LF after a field', `${GET}X: a\nY: b\r\n\r\n`, 'refused'],
  ['a bare LF at the end of the head', `${GET}\n`, 'refused'],
  ['a bare CR in a value', `${GET}X: a\rb\r\n\r\n`, 'refused'],
  ['a bare CR after the request line', 'GET / HTTP/1.1\rHost: a\r\n\r\n', 'refused'],
  ['a space before the colon', `${GET}X : a\r\n\r\n`, 'refused'],
  ['a tab before the colon', `${GET}X\t: a\r\n\r\n`, 'refused'],
  ['a space before the first name', 'GET / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n', 'refused'],
  ['a CRLF before the request line: skipped unseen', `\r\n${GET}\r\n`, 'ok'],
  ['many CRLFs before the request line: skipped unseen', `${'\r\n'.repeat(50)}${GET}\r\n`, 'ok'],
  ['bare LFs before the request line: skipped unseen', `\n\n${GET}\r\n`, 'ok'],
  ['two spaces after the method: made one, unseen', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 'ok'],
  ['a space after the version', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n', 'refused'],
  ['a tab after the method', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n', 'refused'],
];

const VERSIONS: readonly Case[] = [
  ['HTTP/0.9 without a version', 'GET /\r\n\r\n', 'BAD_REQUEST'],
  ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', 'BAD_HOST'],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', 'refused'],
  ['HTTP/2.0 in text', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 'BAD_REQUEST'],
  ['http/1.1 in lower case', 'GET / http/1.1\r\nHost: a\r\n\r\n', 'refused'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'refused'],
];

const HOSTS_AND_TARGETS: readonly Case[] = [
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 'BAD_HOST'],
  ['a second Host', `${GET}Host: b\r\n\r\n`, 'BAD_HOST'],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 'BAD_HOST'],
  ['a malformed Host', 'GET / HTTP/1.1\r\nHost: a b@c/d\r\n\r\n', 'BAD_HOST'],
  ['absolute form with another Host', 'GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_HOST'],
  ['a byte above ASCII in the target', 'GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n', 'refused'],
  ['a NUL in the target', 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n', 'refused'],
  ['a control character in the target', 'GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n', 'refused'],
  ['DEL in the target', 'GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n', 'refused'],
  ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 'refused'],
  ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_TARGET'],
  ['a backslash', 'GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_TARGET'],
  ['* with GET', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', 'BAD_TARGET'],
  ['* with OPTIONS', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 'ok'],
  ['a target of 9,000 bytes', `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 'TARGET_TOO_LONG'],
  ['a target of 20 KiB', `GET /${'a'.repeat(20480)} HTTP/1.1\r\nHost: a\r\n\r\n`, 'refused'],
  ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 'METHOD_REFUSED'],
  ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 'METHOD_REFUSED'],
  ['a method that Node does not know', 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n', 'refused'],
  ['a method in lower case', 'get / HTTP/1.1\r\nHost: a\r\n\r\n', 'refused'],
];

const FIELDS: readonly Case[] = [
  ['a field of 20 KiB', `${GET}X: ${'a'.repeat(20480)}\r\n\r\n`, 'refused'],
  ['150 fields', `${GET}${many(150)}\r\n`, 'HEAD_TOO_LARGE'],
  ['a NUL in a value', `${GET}X: a\0b\r\n\r\n`, 'refused'],
  ['a control character in a value', `${GET}X: a\x01b\r\n\r\n`, 'refused'],
  ['DEL in a value', `${GET}X: a\x7fb\r\n\r\n`, 'refused'],
  ['a byte above ASCII in a value', `${GET}X: a\xe9b\r\n\r\n`, 'ok'],
  ['a byte above ASCII in a name', `${GET}X\xe9: a\r\n\r\n`, 'refused'],
  ['a parenthesis in a name', `${GET}X(1): a\r\n\r\n`, 'refused'],
  ['an empty name', `${GET}: a\r\n\r\n`, 'refused'],
  ['a line without a colon', `${GET}abc\r\n\r\n`, 'refused'],
  ['content_length', `${GET}Content_Length: 5\r\n\r\n`, 'BAD_HEADER'],
  ['an unknown expectation: 417 by Node', `${POST}Expect: foo\r\nContent-Length: 0\r\n\r\n`, 'answered'],
];

const LENGTHS: readonly Case[] = [
  ['Content-Length: 0001', `${POST}Content-Length: 0001\r\n\r\nx`, 'BAD_FRAMING'],
  ['Content-Length: +1', `${POST}Content-Length: +1\r\n\r\nx`, 'refused'],
  ['Content-Length: 0x1', `${POST}Content-Length: 0x1\r\n\r\nx`, 'refused'],
  ['Content-Length: 1, 1', `${POST}Content-Length: 1, 1\r\n\r\nx`, 'refused'],
  ['Content-Length twice', `${POST}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`, 'refused'],
  ['an empty Content-Length', `${POST}Content-Length:\r\n\r\n`, 'refused'],
  ['a Content-Length of 23 digits', `${POST}Content-Length: ${'9'.repeat(23)}\r\n\r\n`, 'refused'],
  ['Content-Length and chunked', `${POST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 'refused'],
  ['gzip, chunked', `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 'BAD_FRAMING'],
  ['chunked with a tab behind it, which is legal', `${POST}Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n`, 'refused'],
  ['chunked twice', `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 'refused'],
  ['identity', `${POST}Transfer-Encoding: identity\r\n\r\n`, 'refused'],
  ['chunked in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'BAD_FRAMING'],
  ['a chunk extension: dropped unseen', `${CHUNKED}3;a=b\r\nabc\r\n0\r\n\r\n`, 'ok'],
  ['a chunk extension with a bare LF', `${CHUNKED}3;a\nbc\r\nabc\r\n0\r\n\r\n`, 'refused'],
  ['bare LFs between chunks', `${CHUNKED}3\nabc\n0\n\n`, 'refused'],
  ['a chunk size with a space', `${CHUNKED}3 \r\nabc\r\n0\r\n\r\n`, 'refused'],
  ['a chunk size with 0x', `${CHUNKED}0x3\r\nabc\r\n0\r\n\r\n`, 'refused'],
  ['a chunk size with leading zeros: read unseen', `${CHUNKED}0003\r\nabc\r\n0\r\n\r\n`, 'ok'],
  ['a trailer', `${CHUNKED}0\r\nldc-shard: 1\r\n\r\n`, 'ok'],
  ['Content-Length in a trailer', `${CHUNKED}0\r\nContent-Length: 5\r\n\r\n`, 'refused'],
];

const UPGRADES: readonly Case[] = [
  ['h2c', `${GET}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n`, 'BAD_REQUEST'],
  ['h2c without Connection', `${GET}Upgrade: h2c\r\n\r\n`, 'BAD_REQUEST'],
  ['a WebSocket', `${GET}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`, 'ok'],
  [
    'an upgrade with a body',
    `${POST}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc`,
    'BAD_FRAMING',
  ],
  [
    'an upgrade in HTTP/1.0, which Node takes',
    'GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n',
    'ok',
  ],
];

/**
 * What each connection's request came to, by the client's port; the first event counts. Kept apart because the reset of an
 * earlier connection may be reported while the next one is being judged.
 */
const outcomes = new Map<number, Outcome>();
const ports = new WeakMap<object, number>();

function settle(socket: object, outcome: Outcome): void {
  const port = ports.get(socket) ?? 0;
  if (!outcomes.has(port)) outcomes.set(port, outcome);
}

function judge(request: IncomingMessage): Outcome {
  const verdict = checkHead({
    method: request.method ?? '',
    target: request.url ?? '',
    httpVersion: request.httpVersion,
    headers: request.rawHeaders,
    remoteAddress: request.socket.remoteAddress ?? '',
    secure: false,
  });
  return verdict.ok ? 'ok' : verdict.code;
}

function judgingServer(): Server {
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    const judged = judge(request);
    // An answer only after the whole body: errors in its chunks come after the head was handed on.
    request.on('error', () => undefined);
    request.on('end', () => {
      settle(request.socket, judged);
      response.end();
    });
    request.resume();
  });
  server.on('connection', (socket) => ports.set(socket, socket.remotePort ?? 0));
  for (const event of ['upgrade', 'connect'] as const) {
    server.on(event, (request, socket) => {
      settle(socket, judge(request));
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 200 OK\r\n\r\n');
    });
  }
  server.on('clientError', (_error, socket) => {
    settle(socket, 'refused');
    socket.destroy();
  });
  return server;
}

describe('node:http today', () => {
  const server = judgingServer();
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  async function send(bytes: string): Promise<Outcome> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      const port = socket.localPort ?? 0;
      // A port can come again: what an earlier connection came to is forgotten before a byte is sent.
      outcomes.delete(port);
      const done = new Promise<void>((resolve) => {
        socket.on('error', () => undefined);
        socket.once('data', () => resolve());
        socket.once('close', () => resolve());
      });
      socket.write(Buffer.from(bytes, 'latin1'));
      await done;
      return outcomes.get(port) ?? 'answered';
    } finally {
      socket.destroy();
    }
  }

  for (const [section, cases] of Object.entries({
    LINE_ENDS,
    VERSIONS,
    HOSTS_AND_TARGETS,
    FIELDS,
    LENGTHS,
    UPGRADES,
  })) {
    describe(section, () => {
      for (const [claim, bytes, wanted] of cases) {
        test(`${claim}: ${wanted}`, { timeout: 20_000 }, async () => assert.equal(await send(bytes), wanted));
      }
    });
  }
});
