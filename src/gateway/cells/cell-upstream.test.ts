import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { httpCell, rawCell, upstreamTo } from '../../../test/support/cell-bench.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { UpstreamRecorder, upstreamRequest } from '../../../test/support/upstream-recorder.ts';
import type { UpstreamStream } from '../upstream.ts';

const MIB = 1024 * 1024;

test('passes method, target and fields on in order, with case, repetitions and latin1 bytes', async (t) => {
  let head = '';
  const cell = await rawCell(t, (socket, seen) => {
    head = seen;
    socket.end('HTTP/1.1 200 OK\r\nX-One: a\r\nx-One: \xe9\r\nContent-Length: 2\r\n\r\nhi', 'latin1');
  });
  const answer = new UpstreamRecorder();
  const headers = ['X-B', '1', 'Host', 'u.example', 'x-a', '2', 'X-B', '3', 'X-Latin', '\xe9', 'Cookie', 'a=b; c'];
  upstreamTo(t, cell.port).open(upstreamRequest({ method: 'GET', target: '/a%2Fb/../c?d=%00&e;f', headers }), answer);
  await answer.ended();
  const lines = head.split('\r\n');
  assert.equal(lines[0], 'GET /a%2Fb/../c?d=%00&e;f HTTP/1.1');
  assert.deepEqual(lines.slice(1, -2), [
    'X-B: 1',
    'Host: u.example',
    'x-a: 2',
    'X-B: 3',
    'X-Latin: \xe9',
    'Cookie: a=b; c',
  ]);
  assert.deepEqual(answer.headers, ['X-One', 'a', 'x-One', '\xe9', 'Content-Length', '2']);
  assert.equal(answer.text, 'hi');
  assert.deepEqual(answer.trailers, []);
});

test('sends an asterisk target in the absolute form that means the same', async (t) => {
  let line: string | undefined;
  const cell = await rawCell(t, (socket, seen) => {
    line = seen.split('\r\n')[0];
    socket.end('HTTP/1.1 204 No Content\r\n\r\n');
  });
  const answer = new UpstreamRecorder();
  upstreamTo(t, cell.port).open(upstreamRequest({ method: 'OPTIONS', target: '*' }), answer);
  await answer.ended();
  assert.equal(line, 'OPTIONS http://cell.example HTTP/1.1');
});

test('passes 103 twice, then the head, a chunked body and its trailers', async (t) => {
  const cell = await rawCell(t, (socket) => {
    socket.end(
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\n' +
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\nX-Sum: 8\r\n\r\n',
    );
  });
  const answer = new UpstreamRecorder();
  upstreamTo(t, cell.port).open(upstreamRequest(), answer);
  await answer.ended();
  assert.deepEqual(answer.informationals, [
    { status: 103, headers: ['Link', '</a>'] },
    { status: 103, headers: ['Link', '</b>'] },
  ]);
  assert.equal(answer.text, 'abc');
  assert.deepEqual(answer.trailers, ['X-Sum', '9', 'X-Sum', '8']);
});

test('HEAD, 204 and 304 end without a body whatever their lengths say, and HEAD keeps the connection', async (t) => {
  const connections = new Set<unknown>();
  const cell = await httpCell(t, (request, response) => {
    connections.add(request.socket);
    const status = Number(request.url?.slice(1));
    response.writeHead(status, status === 204 ? {} : { 'content-length': '1234' }).end();
  });
  const upstream = upstreamTo(t, cell.port);
  for (const [method, status] of [
    ['HEAD', 200],
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ] as const) {
    const answer = new UpstreamRecorder();
    upstream.open(upstreamRequest({ method, target: `/${status}` }), answer);
    await answer.ended();
    assert.equal(answer.status, status);
    assert.equal(answer.bytes, 0);
    if (status !== 204) assert.ok(answer.headers.includes('1234'));
  }
  assert.equal(connections.size, 1);
});

test('an answer without length ends with the connection', async (t) => {
  const cell = await rawCell(t, (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nuntil the end'));
  const answer = new UpstreamRecorder();
  upstreamTo(t, cell.port).open(upstreamRequest(), answer);
  await answer.ended();
  assert.equal(answer.text, 'until the end');
});

test('the head and each piece of an endless answer are passed on at once', async (t) => {
  const cell = await httpCell(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
  });
  const answer = new UpstreamRecorder();
  const stream = upstreamTo(t, cell.port).open(upstreamRequest(), answer);
  await eventually('the head', () => answer.status === 200);
  stream.cancel();
});

for (const body of ['chunked', 20 * MIB] as const) {
  test(`a 20 MiB upload arrives whole, and waits for an instance that reads slowly (${body})`, async (t) => {
    let request: IncomingMessage | null = null;
    let received = 0;
    const cell = await httpCell(t, (incoming, response) => {
      request = incoming;
      incoming.on('end', () => response.end(String(received)));
    });
    const answer = new UpstreamRecorder();
    const stream = upstreamTo(t, cell.port).open(upstreamRequest({ method: 'POST', body }), answer);
    let written = 0;
    const pump = (): void => {
      while (written < 20 * MIB) {
        written += 64 * 1024;
        if (!stream.write(Buffer.alloc(64 * 1024, 1))) return;
      }
      stream.end();
    };
    answer.onDrain = pump;
    pump();
    const incoming = await eventually('the request', () => request as IncomingMessage | null);
    // Nobody reads: what was written stands in our buffers and the kernel's, and stops growing below 20 MiB.
    let before = -1;
    await eventually('the upload stands still', async () => {
      const still = before === written;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return still && before === written;
    });
    assert.ok(written < 20 * MIB, `${written} bytes taken`);
    incoming.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    await answer.ended();
    assert.equal(answer.text, String(20 * MIB));
  });
}

test('a 20 MiB download is whole, and waits for a client that reads slowly', async (t) => {
  let sent = 0;
  const cell = await httpCell(t, (_request, response) => {
    const push = (): void => {
      while (sent < 20 * MIB) {
        sent += 64 * 1024;
        if (!response.write(Buffer.alloc(64 * 1024, 2))) {
          response.once('drain', push);
          return;
        }
      }
      response.end();
    };
    push();
  });
  const answer = new UpstreamRecorder();
  answer.keep = false;
  let stream: UpstreamStream | null = null;
  answer.onHead = () => stream?.pause();
  stream = upstreamTo(t, cell.port).open(upstreamRequest(), answer);
  await eventually('the head', () => answer.status === 200);
  const after = answer.bytes;
  let before = -1;
  await eventually('the download stands still', async () => {
    const still = before === sent;
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return still && before === sent;
  });
  assert.ok(sent < 20 * MIB, `${sent} bytes sent`);
  assert.ok(answer.bytes - after <= 256 * 1024, `${answer.bytes - after} bytes while paused`);
  stream.resume();
  await answer.ended();
  assert.equal(answer.bytes, 20 * MIB);
});

test('connections are kept and used again', async (t) => {
  const ports = new Set<number | undefined>();
  const cell = await httpCell(t, (request, response) => {
    ports.add(request.socket.remotePort);
    request.resume().on('end', () => response.end('ok'));
  });
  const upstream = upstreamTo(t, cell.port);
  for (let round = 0; round < 5; round += 1) {
    const answer = new UpstreamRecorder();
    const stream = upstream.open(upstreamRequest({ method: 'POST', body: 3 }), answer);
    stream.write(Buffer.from('abc'));
    stream.end();
    await answer.ended();
  }
  assert.equal(ports.size, 1);
});

test('an answer with Connection: close ends its connection; the next request gets a new one', async (t) => {
  let connections = 0;
  const cell = await httpCell(t, (_request, response) => response.setHeader('connection', 'close').end('ok'));
  cell.server.on('connection', () => {
    connections += 1;
  });
  const upstream = upstreamTo(t, cell.port);
  for (let round = 0; round < 3; round += 1) {
    const answer = new UpstreamRecorder();
    upstream.open(upstreamRequest(), answer);
    await answer.ended();
  }
  assert.equal(connections, 3);
});

test('an early 413 is passed on while the upload runs, and the upload is stopped', async (t) => {
  let closed = false;
  const cell = await rawCell(t, (socket) => {
    socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig');
    socket.on('end', () => {
      closed = true;
    });
  });
  const answer = new UpstreamRecorder();
  const stream = upstreamTo(t, cell.port).open(upstreamRequest({ method: 'POST', body: 20 * MIB }), answer);
  stream.write(Buffer.alloc(1024));
  await answer.ended();
  assert.equal(answer.status, 413);
  assert.equal(answer.text, 'big');
  await eventually('the connection is closed', () => closed);
  assert.equal(stream.write(Buffer.alloc(1024)), true, 'a writer must not wait for a drain that never comes');
  stream.end();
  stream.cancel();
});

test('a request whose framing disagrees with its fields is never sent', async (t) => {
  let connections = 0;
  const cell = await rawCell(t, () => {
    connections += 1;
  });
  const upstream = upstreamTo(t, cell.port);
  for (const part of [
    { body: 3, headers: ['Host', 'a', 'Content-Length', '4'] },
    { body: 'chunked', headers: ['Host', 'a', 'content-length', '4'] },
    { body: 'none', headers: ['Host', 'a', 'content-length', '4'] },
    { body: 'none', headers: ['Host', 'a', 'Transfer-Encoding', 'chunked'] },
    { body: 'none', headers: ['Host', 'a', 'X', 'a\r\nb: c'] },
    { body: 'none', target: '/a b' },
    { body: 'none', method: 'GE T' },
    { body: 'none', method: 'CONNECT', target: 'a:80' },
    { body: 3, upgrade: 'websocket' },
  ] as const) {
    const answer = new UpstreamRecorder();
    upstream.open(upstreamRequest({ method: 'POST', ...part }), answer);
    assert.equal(await answer.failedAs(), 'INTERNAL/no');
  }
  assert.equal(connections, 0);
});

test('the head of a request with a body leaves with the first byte of the body, not before', async (t) => {
  let heads = 0;
  const cell = await rawCell(t, (socket) => {
    heads += 1;
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
  const answer = new UpstreamRecorder();
  const upstream = upstreamTo(t, cell.port);
  const stream = upstream.open(upstreamRequest({ method: 'POST', body: 3 }), answer);
  await eventually('the connection', () => upstream.connections === 1);
  // A second exchange over another connection goes there and back meanwhile.
  const other = new UpstreamRecorder();
  upstream.open(upstreamRequest(), other);
  await other.ended();
  assert.equal(heads, 1);
  stream.write(Buffer.from('abc'));
  stream.end();
  await answer.ended();
  assert.equal(heads, 2);
});

test('trailers of a request are passed on', async (t) => {
  let bytes = '';
  const cell = await rawCell(t, (socket) => {
    socket.on('data', (chunk) => {
      bytes += chunk.toString('latin1');
      if (bytes.endsWith('0\r\nX-Sum: 6\r\n\r\n')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
  });
  const answer = new UpstreamRecorder();
  const stream = upstreamTo(t, cell.port).open(upstreamRequest({ method: 'POST', body: 'chunked' }), answer);
  await eventually('the connection', () => cell.sockets.length === 1);
  stream.write(Buffer.from('abc'));
  await eventually('the first chunk', () => cell.sockets[0]?.bytesRead !== 0);
  stream.write(Buffer.from('def'));
  stream.end(['X-Sum', '6']);
  await answer.ended();
});

test('a 100 that nobody asked for is told, and the answer comes behind it', async (t) => {
  const cell = await rawCell(t, (socket) => {
    socket.end('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
  const answer = new UpstreamRecorder();
  upstreamTo(t, cell.port).open(upstreamRequest({ method: 'POST' }), answer);
  await answer.ended();
  assert.deepEqual([answer.informationals.map(({ status }) => status), answer.status], [[100], 200]);
});
