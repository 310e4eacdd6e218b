import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { askCell, gatewayHeaders } from '../../test/support/cell-request.ts';
import { eventually } from '../../test/support/eventually.ts';
import { instanceOf, startCells, startDataCenters } from '../../test/support/ledger-cells.ts';
import type { RunningInstance } from './data-center-process.ts';
import type { InFlightReport } from './in-flight.ts';
import { downloadBlock } from './stream-paths.ts';

const inFlight = async (url: string): Promise<InFlightReport> => (await fetch(`${url}/inflight`)).json() as never;

const openSocket = (cell: RunningInstance, path = '/ws'): WebSocket =>
  new WebSocket(`ws://${cell.address}${path}`, { headers: gatewayHeaders(cell) });

test('an upload of 20 MiB is counted and hashed', async (t) => {
  const cells = await startCells(t, 'hz-a');
  const bytes = downloadBlock(0, 20 * 1024 * 1024);
  const cell = instanceOf(cells, 'RZ01A');
  const response = await fetch(`http://${cell.address}/upload`, {
    method: 'PUT',
    headers: gatewayHeaders(cell),
    body: new Uint8Array(bytes),
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  assert.deepEqual(await response.json(), { bytes: bytes.length, sha256 });
});

test('a download has the bytes that were asked for', async (t) => {
  const cells = await startCells(t, 'hz-a', { limits: { streamBytes: 1_000_000 } });
  const cell = instanceOf(cells, 'RZ01A');
  for (const bytes of [0, 1, 64_256, 64_257, 1_000_000]) {
    const response = await fetch(`http://${cell.address}/download?bytes=${bytes}`, { headers: gatewayHeaders(cell) });
    assert.equal(response.headers.get('content-length'), String(bytes));
    assert.ok(downloadBlock(0, bytes).equals(Buffer.from(await response.arrayBuffer())));
  }
  assert.equal((await askCell(cell, '/download?bytes=1000001')).status, 400);
  assert.equal((await askCell(cell, '/download?bytes=1e3')).status, 400);
});

test('an echo comes back while it is sent', async (t) => {
  const cells = await startCells(t, 'hz-a');
  const cell = instanceOf(cells, 'RZ01A');
  const call = request(`http://${cell.address}/echo`, { method: 'POST', headers: gatewayHeaders(cell) });
  t.after(() => call.destroy());
  call.write('one');
  const [response] = await once(call, 'response');
  assert.equal(String((await once(response, 'data'))[0]), 'one');
  call.write('two');
  assert.equal(String((await once(response, 'data'))[0]), 'two');
  call.end();
  await once(response.resume(), 'end');
});

test('bodies above the limits get 413, and the next connection is served', async (t) => {
  const cells = await startCells(t, 'hz-a', { limits: { streamBytes: 1_000 } });
  const cell = instanceOf(cells, 'RZ01A');
  for (const path of ['/upload', '/echo'])
    assert.equal((await askCell(cell, path, { body: 'x'.repeat(1_001) })).status, 413, path);
  assert.equal((await askCell(cell, '/upload', { body: 'x'.repeat(1_000) })).body.bytes, 1_000);
});

test('server-sent events arrive one by one and end after the count', async (t) => {
  const cells = await startCells(t, 'hz-a');
  const cell = instanceOf(cells, 'RZ01A');
  const answer = await askCell(cell, '/events?count=3&intervalMs=5');
  assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
  const beat = (n: number) => `id: ${n}\nevent: heartbeat\ndata: {"n":${n}}\n\n`;
  assert.equal(answer.text, beat(1) + beat(2) + beat(3));
});

test('a client that leaves ends its request at the cell, whatever it was doing', async (t) => {
  const cells = await startCells(t, 'hz-a');
  const cell = instanceOf(cells, 'RZ01A');
  const paths = [
    '/slow?ms=60000',
    '/events?count=1000&intervalMs=60000',
    '/download?bytes=500000000',
    '/upload',
    '/echo',
  ];
  for (const path of paths) {
    const before = await inFlight(cells.url);
    const isUpload = path === '/upload' || path === '/echo';
    const call = request(`http://${cell.address}${path}`, {
      method: isUpload ? 'POST' : 'GET',
      headers: {
        ...gatewayHeaders(cell, { 'request-id': `leaves ${path}` }),
        ...(isUpload ? { 'content-length': 9 } : {}),
      },
    });
    call.on('error', () => {});
    if (isUpload) call.write('part');
    else call.end();
    await eventually(`${path} is in flight`, async () => (await inFlight(cells.url)).inFlight === 1);
    call.destroy();
    await eventually(`${path} ended`, async () => (await inFlight(cells.url)).inFlight === 0);
    const after = await inFlight(cells.url);
    assert.equal(after.aborted, before.aborted + 1, path);
    assert.equal(after.lastAborted.at(-1)?.requestId, `leaves ${path}`);
  }
});

test('WebSocket: text and binary come back as they were, a closing handshake is no abort, a broken line is', async (t) => {
  const cells = await startCells(t, 'hz-a');
  const cell = instanceOf(cells, 'RZ01A');
  const socket = openSocket(cell);
  t.after(() => socket.terminate());
  await once(socket, 'open');
  for (const message of ['hello', 'x'.repeat(200_000), Buffer.from([0, 255, 1])]) {
    socket.send(message);
    const [data, isBinary] = await once(socket, 'message');
    assert.ok(Buffer.from(message as string).equals(data));
    assert.equal(isBinary, typeof message !== 'string');
  }
  socket.close(1000);
  await once(socket, 'close');
  await eventually('served', async () => (await inFlight(cells.url)).served === 1);
  const broken = openSocket(cell);
  await once(broken, 'open');
  broken.terminate();
  await eventually('aborted', async () => (await inFlight(cells.url)).aborted === 1);
});

test('an upgrade that is not for /ws is refused; a shutdown closes WebSockets with 1001', async (t) => {
  const cells = await startCells(t, 'hz-a');
  const cell = instanceOf(cells, 'RZ01A');
  for (const [path, headers, status] of [
    ['/whoami', gatewayHeaders(cell), 404],
    ['/ws', gatewayHeaders(cell, { cell: 'RZ01B' }), 421],
    ['/ws', {}, 400],
  ] as const) {
    const refused = new WebSocket(`ws://${cell.address}${path}`, { headers });
    const [error] = await once(refused, 'error');
    assert.match(error.message, new RegExp(String(status)));
  }
  const socket = openSocket(cell);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  await cells.stop();
  assert.equal((await closed)[0], 1001);
});

test('a stop waits for the request in flight and takes no new ones', async (t) => {
  const cells = await startCells(t, 'hz-a');
  const cell = instanceOf(cells, 'RZ01A');
  const slow = askCell(cell, '/slow?ms=150');
  await eventually('in flight', async () => (await inFlight(cells.url)).inFlight === 1);
  await cells.stop();
  assert.deepEqual([(await slow).status, (await slow).headers.get('connection')], [200, 'close']);
  await assert.rejects(askCell(cell, '/whoami'));
});

test('a stop waits for a write that another cell passed on', async (t) => {
  const replication = { copyTimeoutMs: 400, freshMs: 300 };
  const all = await startDataCenters(t, ['hz-a', 'hz-b'], { replication });
  // The copy cannot confirm: its process is gone from the primary's point of view, so the write takes copyTimeoutMs.
  all['hz-a'].setPeers([{ dataCenter: 'hz-b', url: 'http://127.0.0.1:1' }]);
  const write = askCell(instanceOf(all['hz-b'], 'RZ01B'), '/ledger/entries', { body: { id: 'a', amount: 1 } });
  await eventually('the primary took it', () => all['hz-a'].replication().shards[0]?.offset === 1);
  await all['hz-a'].stop();
  assert.equal((await write).status, 201);
});
