import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { freePort, httpCell, rawCell, upstreamTo } from '../../../test/support/cell-bench.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { UpstreamRecorder, upstreamRequest } from '../../../test/support/upstream-recorder.ts';
import type { UpstreamRequest } from '../upstream.ts';

const LONG = { connectMs: 20_000, responseHeadMs: 20_000, bodyIdleMs: 20_000 };

const MALFORMED: Readonly<Record<string, string>> = {
  'a status line that is none': 'garbage\r\n\r\n',
  'a status of letters': 'HTTP/1.1 2x0 OK\r\n\r\n',
  'a status below 100': 'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  'the same length twice': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na',
  'a list of lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na',
  'a signed length': 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na',
  'both framings': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'both framings the other way round':
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n',
  'a coding that is not chunked': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'chunked twice': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a control byte in a value': 'HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 0\r\n\r\n',
  'a NUL in a value': 'HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n',
  'a bare CR': 'HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n',
  'a bare LF': 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'a folded line': 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n',
  'a space before the colon': 'HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n',
  'a 101 that nobody asked for': 'HTTP/1.1 101 Sure\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
  'a head that is too large': `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70 * 1024)}\r\n\r\n`,
};

for (const [what, bytes] of Object.entries(MALFORMED)) {
  test(`an answer with ${what} is BAD_RESPONSE and nothing of it is passed on`, async (t) => {
    const cell = await rawCell(t, (socket) => socket.end(bytes, 'latin1'));
    const answer = new UpstreamRecorder();
    upstreamTo(t, cell.port).open(upstreamRequest(), answer);
    assert.equal(await answer.failedAs(), 'BAD_RESPONSE/unknown');
    assert.equal(answer.status, 0);
  });
}

test('a chunk size that is none breaks the answer in the middle with BAD_RESPONSE', async (t) => {
  const cell = await rawCell(t, (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n'),
  );
  const answer = new UpstreamRecorder();
  upstreamTo(t, cell.port).open(upstreamRequest(), answer);
  assert.equal(await answer.failedAs(), 'BAD_RESPONSE/unknown');
  assert.equal(answer.text, 'ab');
});

test('a refused connection is not executed', async (t) => {
  const answer = new UpstreamRecorder();
  const stream = upstreamTo(t, await freePort()).open(upstreamRequest({ method: 'POST', body: 3 }), answer);
  stream.write(Buffer.from('abc'));
  assert.equal(await answer.failedAs(), 'CONNECT_FAILED/no');
});

test('a name that does not exist is not executed', async (t) => {
  const { CellUpstream } = await import('./cell-upstream.ts');
  const { DEFAULT_CELL_SETTINGS } = await import('./cell-settings.ts');
  const { machineClock } = await import('../../../test/support/machine-clock.ts');
  const upstream = new CellUpstream({
    address: { host: 'no-such-host.invalid', port: 80 },
    tls: null,
    settings: DEFAULT_CELL_SETTINGS,
    clock: machineClock,
  });
  t.after(() => upstream.close(0));
  const answer = new UpstreamRecorder();
  upstream.open(upstreamRequest({ method: 'POST' }), answer);
  assert.equal(await answer.failedAs(), 'CONNECT_FAILED/no');
});

/** Resets or ends each connection at one phase of the answer. */
const CUT: Readonly<Record<string, string>> = {
  'before the head': '',
  'inside the head': 'HTTP/1.1 200 OK\r\nContent-',
  'after an interim answer': 'HTTP/1.1 103 Early Hints\r\n\r\n',
  'inside a body with a length': 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc',
  'inside a body with a length and close': 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nabc',
  'inside a chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc',
  'between chunks, with close':
    'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
  'before the trailers end': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n',
};

for (const [phase, bytes] of Object.entries(CUT)) {
  for (const how of ['end', 'reset'] as const) {
    test(`a connection that is cut ${phase} (${how}) leaves a POST unknown, sent once`, async (t) => {
      const cell = await rawCell(t, (socket) => {
        const cut = (): void => void (how === 'end' ? socket.end() : socket.resetAndDestroy());
        if (bytes === '') cut();
        else socket.write(bytes, 'latin1', () => setImmediate(cut));
      });
      const answer = new UpstreamRecorder();
      upstreamTo(t, cell.port).open(upstreamRequest({ method: 'POST', headers: ['Host', 'a'] }), answer);
      assert.equal(await answer.failedAs(), 'CELL_RESET/unknown');
      assert.equal(cell.sockets.length, 1);
    });
  }
}

test('a safe request without body is sent again once when a connection closed before any byte', async (t) => {
  const cell = await rawCell(t, (socket, _head, index) => {
    if (index === 0) socket.resetAndDestroy();
    else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
  const answer = new UpstreamRecorder();
  upstreamTo(t, cell.port).open(upstreamRequest(), answer);
  await answer.ended();
  assert.equal(answer.text, 'ok');
  assert.equal(cell.sockets.length, 2);
});

test('a safe request is not sent a third time', async (t) => {
  const cell = await rawCell(t, (socket) => socket.resetAndDestroy());
  const answer = new UpstreamRecorder();
  upstreamTo(t, cell.port).open(upstreamRequest(), answer);
  assert.equal(await answer.failedAs(), 'CELL_RESET/unknown');
  assert.equal(cell.sockets.length, 2);
});

test('a safe request is not sent again after the first byte of an answer', async (t) => {
  const cell = await rawCell(t, (socket) => socket.end('HTTP/1.1 2'));
  const answer = new UpstreamRecorder();
  upstreamTo(t, cell.port).open(upstreamRequest(), answer);
  assert.equal(await answer.failedAs(), 'CELL_RESET/unknown');
  assert.equal(cell.sockets.length, 1);
});

test('a kept connection that the instance closes under the next request: GET goes on, POST is unknown', async (t) => {
  // The instance answers one request on each connection as if it kept it, and resets it at the next one.
  const seen: string[] = [];
  const cell = await rawCell(t, () => undefined);
  await cell.close();
  const stale = await import('../../../test/support/raw-server.ts').then(({ startRawServer }) =>
    startRawServer((socket) => {
      let answered = false;
      socket.on('data', (chunk) => {
        seen.push(chunk.toString('latin1').slice(0, 4).trim());
        if (answered) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        answered = true;
      });
    }),
  );
  t.after(() => stale.close());
  const upstream = upstreamTo(t, stale.port);
  const run = async (method: string): Promise<string> => {
    const answer = new UpstreamRecorder();
    upstream.open(upstreamRequest({ method }), answer);
    await eventually('over', () => answer.over);
    return answer.failure === null ? answer.text : `${answer.failure.code}/${answer.failure.executed}`;
  };
  assert.equal(await run('GET'), 'ok');
  assert.equal(await run('GET'), 'ok');
  assert.equal(await run('POST'), 'ok');
  assert.equal(await run('POST'), 'CELL_RESET/unknown');
  assert.deepEqual(seen, ['GET', 'GET', 'GET', 'POST', 'POST']);
});

const LIMITS: Readonly<
  Record<
    string,
    { limits: Partial<UpstreamRequest['limits']>; body: UpstreamRequest['body']; bytes: string; failure: string }
  >
> = {
  'no answer at all': { limits: { responseHeadMs: 50 }, body: 'none', bytes: '', failure: 'RESPONSE_TIMEOUT/unknown' },
  'interim answers only': {
    limits: { responseHeadMs: 50 },
    body: 'none',
    bytes: 'HTTP/1.1 103 Early Hints\r\n\r\n',
    failure: 'RESPONSE_TIMEOUT/unknown',
  },
  'an answer that stops': {
    limits: { bodyIdleMs: 50 },
    body: 'none',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc',
    failure: 'RESPONSE_STALLED/unknown',
  },
  'a body that does not begin': { limits: { bodyIdleMs: 50 }, body: 9, bytes: '', failure: 'BODY_TIMEOUT/no' },
};

for (const [what, { limits, body, bytes, failure }] of Object.entries(LIMITS)) {
  test(`${what} is ${failure}`, async (t) => {
    let closed = false;
    const cell = await rawCell(t, (socket) => {
      socket.on('end', () => {
        closed = true;
      });
      socket.write(bytes);
    });
    const answer = new UpstreamRecorder();
    const request = upstreamRequest({ method: 'POST', headers: ['Host', 'a'], body, limits: { ...LONG, ...limits } });
    upstreamTo(t, cell.port).open(request, answer);
    assert.equal(await answer.failedAs(), failure);
    if (bytes !== '') await eventually('the instance sees the end', () => closed);
  });
}

test('a body that stops in the middle is BODY_TIMEOUT, and unknown', async (t) => {
  const cell = await rawCell(t, () => undefined);
  const answer = new UpstreamRecorder();
  const limits = { ...LONG, bodyIdleMs: 50 };
  upstreamTo(t, cell.port)
    .open(upstreamRequest({ method: 'POST', body: 9, limits }), answer)
    .write(Buffer.from('abc'));
  assert.equal(await answer.failedAs(), 'BODY_TIMEOUT/unknown');
});

test('an instance that stops taking the body is blamed, not the client', async (t) => {
  const cell = await rawCell(t, (socket) => socket.pause());
  const answer = new UpstreamRecorder();
  const limits = { ...LONG, bodyIdleMs: 300 };
  const stream = upstreamTo(t, cell.port).open(upstreamRequest({ method: 'POST', body: 'chunked', limits }), answer);
  const pump = (): void => {
    while (stream.write(Buffer.alloc(64 * 1024)));
  };
  answer.onDrain = pump;
  while (stream.write(Buffer.alloc(1024)));
  assert.equal(await answer.failedAs(), 'RESPONSE_TIMEOUT/unknown');
});

test('a connection that does not come about in the time of the request is CONNECT_TIMEOUT, not executed', async (t) => {
  // TCP is accepted by the kernel but the TLS handshake never answers: no black hole outside of this machine is needed.
  const silent = await rawCell(t, () => undefined);
  const { CellUpstream } = await import('./cell-upstream.ts');
  const { DEFAULT_CELL_SETTINGS } = await import('./cell-settings.ts');
  const { machineClock } = await import('../../../test/support/machine-clock.ts');
  for (const [limit, attempt] of [
    [50, 20_000],
    [20_000, 50],
  ] as const) {
    const upstream = new CellUpstream({
      address: { host: '127.0.0.1', port: silent.port },
      tls: { serverName: 'cell.example', ca: null },
      settings: { ...DEFAULT_CELL_SETTINGS, connectAttemptMs: attempt },
      clock: machineClock,
    });
    t.after(() => upstream.close(0));
    const answer = new UpstreamRecorder();
    upstream.open(upstreamRequest({ method: 'POST', limits: { ...LONG, connectMs: limit } }), answer);
    assert.equal(await answer.failedAs(), 'CONNECT_TIMEOUT/no');
  }
});

test('the silence of an answer that the client paused is not the instance’s fault', async (t) => {
  let socket: Socket | null = null;
  const cell = await rawCell(t, (connection) => {
    socket = connection;
    connection.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc');
  });
  const answer = new UpstreamRecorder();
  const limits = { ...LONG, bodyIdleMs: 700 };
  const stream = upstreamTo(t, cell.port).open(upstreamRequest({ limits }), answer);
  answer.onHead = () => stream.pause();
  await eventually('the head', () => answer.status === 200);
  const until = performance.now() + 1_200;
  await eventually('longer than the limit', () => performance.now() > until);
  assert.equal(answer.failure, null);
  stream.resume();
  (socket as Socket | null)?.write('def');
  await answer.ended();
  assert.equal(answer.text, 'abcdef');
});

test('cancel before the connection is there sends nothing and tells nothing', async (t) => {
  let requests = 0;
  const cell = await httpCell(t, (_request, response) => {
    requests += 1;
    response.end('ok');
  });
  const upstream = upstreamTo(t, cell.port);
  const cancelled = new UpstreamRecorder();
  upstream.open(upstreamRequest({ method: 'POST' }), cancelled).cancel();
  const later = new UpstreamRecorder();
  const stream = upstream.open(upstreamRequest({ method: 'POST' }), later);
  await Promise.resolve();
  stream.cancel();
  const last = new UpstreamRecorder();
  upstream.open(upstreamRequest(), last);
  await last.ended();
  assert.equal(requests, 1);
  assert.equal(cancelled.over || later.over, false);
});

for (const [phase, bytes] of Object.entries({
  'before the head': '',
  'inside the body': 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc',
})) {
  test(`cancel ${phase} ends the request at the instance at once, and tells nothing`, async (t) => {
    let reached = false;
    let closed = false;
    const cell = await rawCell(t, (socket) => {
      reached = true;
      if (bytes !== '') socket.write(bytes);
      for (const event of ['end', 'close']) socket.on(event, () => (closed = true));
    });
    const answer = new UpstreamRecorder();
    const stream = upstreamTo(t, cell.port).open(upstreamRequest(), answer);
    await eventually('the phase', () => reached && (bytes === '' || answer.bytes === 3));
    stream.cancel();
    await eventually('the instance sees the end', () => closed);
    stream.cancel();
    assert.equal(answer.over, false);
    assert.equal(cell.sockets.length, 1);
  });
}

test('cancel in the middle of an upload ends it at the instance', async (t) => {
  let aborted = false;
  let received = 0;
  const cell = await httpCell(t, (request) => {
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    request.on('error', () => {
      aborted = true;
    });
  });
  const answer = new UpstreamRecorder();
  const stream = upstreamTo(t, cell.port).open(upstreamRequest({ method: 'PUT', body: 1024 * 1024 }), answer);
  stream.write(Buffer.alloc(1000));
  await eventually('the first bytes', () => received === 1000);
  stream.cancel();
  await eventually('the instance sees the end', () => aborted);
  assert.equal(answer.over, false);
});

test('a writer that ignores false is cut off at the bound', async (t) => {
  const cell = await rawCell(t, (socket) => socket.pause());
  const answer = new UpstreamRecorder();
  const upstream = upstreamTo(t, cell.port, { maxBodyBufferBytes: 256 * 1024 });
  const stream = upstream.open(upstreamRequest({ method: 'POST', body: 'chunked' }), answer);
  for (let index = 0; index < 10; index += 1) stream.write(Buffer.alloc(64 * 1024));
  assert.equal(await answer.failedAs(), 'INTERNAL/no');
});

test('close lets a request end in the time of grace, and cuts it off after it', async (t) => {
  const answers: (() => void)[] = [];
  const cell = await httpCell(t, (_request, response) => {
    answers.push(() => response.end('late'));
  });
  const patient = upstreamTo(t, cell.port);
  const first = new UpstreamRecorder();
  patient.open(upstreamRequest({ method: 'POST' }), first);
  await eventually('the request is there', () => answers.length === 1);
  const closed = patient.close(20_000);
  const refused = new UpstreamRecorder();
  patient.open(upstreamRequest({ method: 'POST' }), refused);
  assert.equal(await refused.failedAs(), 'CONNECT_FAILED/no');
  answers[0]?.();
  await first.ended();
  await closed;

  const impatient = upstreamTo(t, cell.port);
  const second = new UpstreamRecorder();
  impatient.open(upstreamRequest({ method: 'POST' }), second);
  await eventually('the request is there', () => answers.length === 2);
  await impatient.close(0);
  assert.equal(await second.failedAs(), 'CELL_RESET/unknown');
});

test('a receiver that throws, in any event, ends its own exchange and nothing else', async (t) => {
  const bug = (): never => {
    throw new TypeError('a bug in the lane');
  };
  const cell = await httpCell(t, (_request, response) => response.end('ok'));
  const upstream = upstreamTo(t, cell.port);
  const thrower = new UpstreamRecorder();
  thrower.onHead = bug;
  upstream.open(upstreamRequest(), thrower);
  assert.equal(await thrower.failedAs(), 'INTERNAL/unknown');
  const reset = await rawCell(t, (socket) => socket.resetAndDestroy());
  const deaf = new UpstreamRecorder();
  let failed = false;
  deaf.failed = () => {
    failed = true;
    bug();
  };
  upstreamTo(t, reset.port).open(upstreamRequest({ method: 'POST' }), deaf);
  await eventually('the failure was told', () => failed);
  const next = new UpstreamRecorder();
  upstream.open(upstreamRequest(), next);
  await next.ended();
});
