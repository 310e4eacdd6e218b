import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { httpCell, rawCell, upstreamTo } from '../../../test/support/cell-bench.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { UpstreamRecorder, upstreamRequest } from '../../../test/support/upstream-recorder.ts';

const UPGRADE = upstreamRequest({
  headers: ['Host', 'a', 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version', '13'],
  upgrade: 'websocket',
});
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Case: A\r\n\r\n';

test('after a 101 bytes pass both ways, those before and right behind the heads included, and each side ends by itself', async (t) => {
  let head = '';
  let received = '';
  let ended = false;
  let open: Socket | null = null;
  const cell = await rawCell(t, (socket, seen) => {
    head = seen;
    open = socket;
    socket.on('data', (chunk) => {
      if (!head.endsWith(chunk.toString('latin1'))) received += chunk.toString('latin1');
    });
    socket.on('end', () => {
      ended = true;
    });
    socket.write(`${SWITCH}first`);
  });
  const answer = new UpstreamRecorder();
  const stream = upstreamTo(t, cell.port).open(UPGRADE, answer);
  assert.equal(stream.write(Buffer.from('early ')), false);
  await eventually('the first bytes', () => answer.text === 'first');
  assert.ok(answer.drains > 0);
  assert.match(head, /\r\nconnection: upgrade\r\nupgrade: websocket\r\n/);
  assert.match(head, /\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n/);
  assert.equal(answer.status, 101);
  assert.deepEqual(answer.headers, ['Upgrade', 'websocket', 'Connection', 'Upgrade', 'X-Case', 'A']);
  stream.write(Buffer.from('late'));
  stream.end();
  await eventually('our half is over', () => ended);
  assert.equal(received, 'early late');
  assert.equal(answer.over, false);
  const socket = open as Socket | null;
  socket?.end(' last');
  await answer.ended();
  assert.equal(answer.text, 'first last');
});

test('the instance may end first and still read', async (t) => {
  let received = '';
  const cell = await rawCell(t, (socket) => {
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.end(`${SWITCH}bye`);
  });
  const answer = new UpstreamRecorder();
  const stream = upstreamTo(t, cell.port).open(UPGRADE, answer);
  await answer.ended();
  stream.write(Buffer.from('still here'));
  stream.end();
  await eventually('the rest', () => received.endsWith('still here'));
});

test('a real WebSocket server echoes a frame', async (t) => {
  const cell = await httpCell(t, (_request, response) => response.end());
  const sockets = new WebSocketServer({ server: cell.server });
  t.after(() => sockets.close());
  sockets.on('connection', (socket) => socket.on('message', (message) => socket.send(String(message).toUpperCase())));
  const answer = new UpstreamRecorder();
  const stream = upstreamTo(t, cell.port).open(UPGRADE, answer);
  await eventually('the head', () => answer.status === 101);
  const accept = createHash('sha1')
    .update('dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11')
    .digest('base64');
  assert.ok(answer.headers.includes(accept));
  stream.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
  await eventually('the echo', () => answer.bytes >= 4);
  assert.equal(answer.text.slice(2, 4), 'HI');
  stream.cancel();
});

test('an answer other than 101 is an ordinary one, with its body', async (t) => {
  const cell = await httpCell(t, () => undefined);
  cell.server.on('upgrade', (_request, socket: Socket) => {
    socket.end('HTTP/1.1 426 Upgrade Required\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nX-T: 1\r\n\r\n');
  });
  const answer = new UpstreamRecorder();
  const stream = upstreamTo(t, cell.port).open(UPGRADE, answer);
  stream.write(Buffer.from('for the new protocol only'));
  await answer.ended();
  assert.equal(answer.status, 426);
  assert.equal(answer.text, 'no');
  assert.deepEqual(answer.trailers, ['X-T', '1']);
});

test('cancel ends an upgraded connection at the instance', async (t) => {
  let closed = false;
  const cell = await rawCell(t, (socket) => {
    socket.write(SWITCH);
    socket.on('end', () => {
      closed = true;
    });
  });
  const answer = new UpstreamRecorder();
  const stream = upstreamTo(t, cell.port).open(UPGRADE, answer);
  await eventually('the head', () => answer.status === 101);
  stream.cancel();
  await eventually('the end', () => closed);
  assert.equal(answer.over, false);
});

test('a reset of an upgraded connection is CELL_RESET, a long silence RESPONSE_STALLED', async (t) => {
  let open: Socket | null = null;
  const cell = await rawCell(t, (socket) => {
    open = socket;
    socket.write(SWITCH);
  });
  const upstream = upstreamTo(t, cell.port, { tunnelIdleMs: 20_000 });
  const reset = new UpstreamRecorder();
  upstream.open(UPGRADE, reset);
  await eventually('the head', () => reset.status === 101);
  (open as Socket | null)?.resetAndDestroy();
  assert.equal(await reset.failedAs(), 'CELL_RESET/unknown');
  const silent = new UpstreamRecorder();
  upstreamTo(t, cell.port, { tunnelIdleMs: 50 }).open(UPGRADE, silent);
  assert.equal(await silent.failedAs(), 'RESPONSE_STALLED/unknown');
});

test('an upgraded connection has back-pressure both ways', async (t) => {
  const total = 20 * 1024 * 1024;
  let open: Socket | null = null;
  const cell = await rawCell(t, (socket) => {
    socket.pause();
    open = socket;
    socket.write(SWITCH);
  });
  const answer = new UpstreamRecorder();
  answer.keep = false;
  const stream = upstreamTo(t, cell.port).open(UPGRADE, answer);
  await eventually('the head', () => answer.status === 101);
  let written = 0;
  while (stream.write(Buffer.alloc(64 * 1024))) {
    written += 64 * 1024;
    assert.ok(written < total);
  }
  const socket = open as Socket | null as Socket;
  socket.resume();
  await eventually('the drain', () => answer.drains > 0);
  stream.pause();
  let sent = 0;
  const push = (): void => {
    while (sent < total) {
      sent += 64 * 1024;
      if (!socket.write(Buffer.alloc(64 * 1024))) return;
    }
    socket.end();
  };
  socket.on('drain', push);
  push();
  let before = -1;
  await eventually('the download stands still', async () => {
    const still = before === sent;
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return still && before === sent;
  });
  assert.ok(sent < total, `${sent} bytes sent`);
  stream.resume();
  await answer.ended();
  assert.equal(answer.bytes, total);
  stream.end();
});
