import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { eventually } from './support/eventually.ts';
import { type Whoami, whoami as whoamiAt } from './support/fleet-whoami.ts';
import { rawExchange } from './support/raw-exchange.ts';
import { RunningFleet } from './support/running-fleet.ts';

const DATA_CENTERS = ['sh-a', 'sh-b', 'hz-a', 'hz-b', 'sz-a'];
const HOME = ['RZ01', 'RZ02', 'RZ03', 'RZ04', 'RZ05'];
const MIB = 1024 * 1024;

let fleet: RunningFleet;
before(async () => {
  fleet = await RunningFleet.start();
});
after(async () => {
  await fleet?.stop();
});

function whoami(dataCenter: string, userId: string): Promise<Whoami> {
  return whoamiAt(fleet.door(dataCenter), userId);
}

test('every suffix is answered by its home unit at each of the five doors', async () => {
  for (const dataCenter of DATA_CENTERS) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, shard) => whoami(dataCenter, `2088${String(shard).padStart(2, '0')}`)),
    );
    answers.forEach((answer, shard) => {
      assert.equal(answer.unit, HOME[Math.floor(shard / 20)], `shard ${shard} at ${dataCenter}`);
      assert.equal(answer.shard, String(shard).padStart(2, '0'));
      assert.equal(answer.epoch, 1);
    });
  }
});

test('the two cells of a unit get half of 2,000 users each, and a user stays with his cell at every door', async () => {
  const cells = new Map<string, number>();
  for (let start = 0; start < 2000; start += 100) {
    const users = Array.from({ length: 100 }, (_, index) => `77${String(start + index).padStart(4, '0')}07`);
    const answers = await Promise.all(users.map((user) => whoami('sz-a', user)));
    for (const { cell } of answers) cells.set(cell, (cells.get(cell) ?? 0) + 1);
  }
  assert.deepEqual([...cells.keys()].sort(), ['RZ01A', 'RZ01B']);
  for (const [cell, count] of cells) assert.ok(count >= 900 && count <= 1100, `${cell} got ${count}`);
  const everywhere = await Promise.all(DATA_CENTERS.map((dataCenter) => whoami(dataCenter, '770123407')));
  assert.equal(new Set(everywhere.map((answer) => answer.cell)).size, 1);
});

test('the global unit and the city’s copy are reached from every door', async () => {
  const copies = { 'hz-a': 'CZHZ', 'hz-b': 'CZHZ', 'sh-a': 'CZSH', 'sh-b': 'CZSH', 'sz-a': 'CZSZ' };
  for (const [dataCenter, unit] of Object.entries(copies)) {
    const global = await fetch(`${fleet.door(dataCenter)}/global/whoami`);
    assert.equal(((await global.json()) as Whoami).cell, 'GZ00A');
    const copy = await fetch(`${fleet.door(dataCenter)}/catalog/x`);
    const answer = (await copy.json()) as Whoami;
    assert.deepEqual([answer.unit, answer.dataCenter], [unit, dataCenter]);
    const write = await fetch(`${fleet.door(dataCenter)}/catalog/x`, { method: 'POST', body: 'x' });
    assert.equal(write.status, 405);
    assert.equal(((await write.json()) as { error: { code: string } }).error.code, 'METHOD_NOT_ALLOWED');
  }
});

test('an entry written through one door is read through the four others', async () => {
  const headers = { 'x-user-id': '10000027', 'content-type': 'application/json' };
  const body = JSON.stringify({ id: 'entry-1', amount: 250 });
  const written = await fetch(`${fleet.door('sz-a')}/ledger/entries`, { method: 'POST', headers, body });
  assert.equal(written.status, 201, await written.text());
  for (const dataCenter of DATA_CENTERS) {
    const read = await fetch(`${fleet.door(dataCenter)}/ledger/entries/entry-1`, {
      headers: { 'x-user-id': '10000027' },
    });
    const entry = (await read.json()) as { amount: number };
    assert.equal(read.status, 200);
    assert.equal(entry.amount, 250);
  }
});

test('20 MiB go up and 20 MiB come down at a door of another data center than the owner’s', async () => {
  const bytes = Buffer.alloc(20 * MIB, 'ldc');
  const up = await fetch(`${fleet.door('sz-a')}/upload`, {
    method: 'POST',
    headers: { 'x-user-id': '10000047' },
    body: bytes,
  });
  const received = (await up.json()) as { bytes: number; sha256: string };
  assert.equal(received.bytes, bytes.length);
  assert.equal(received.sha256, createHash('sha256').update(bytes).digest('hex'));
  const down = await fetch(`${fleet.door('sz-a')}/download?bytes=${20 * MIB}`, {
    headers: { 'x-user-id': '10000047' },
  });
  assert.equal((await down.arrayBuffer()).byteLength, 20 * MIB);
});

test('a WebSocket echoes through a door of another data center', async () => {
  const url = `${fleet.door('sz-a').replace('http', 'ws')}/ws`;
  const socket = new WebSocket(url, { headers: { 'x-user-id': '10000047' } });
  try {
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const large = 'x'.repeat(200_000);
    for (const message of ['hello', large]) {
      const echoed = new Promise((resolve) => socket.once('message', (data) => resolve(data.toString())));
      socket.send(message);
      assert.equal(await echoed, message);
    }
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.close(1000);
    assert.equal(await closed, 1000);
  } finally {
    socket.terminate();
  }
});

test('an event stream flushes at once through a door of another data center', async () => {
  const url = `${fleet.door('sz-a')}/events?count=3&intervalMs=50`;
  const response = await fetch(url, { headers: { 'x-user-id': '10000047' } });
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  const text = await response.text();
  assert.equal(text.match(/^data:/gm)?.length, 3, text);
});

test('a client that leaves in the middle ends the request at the cell', async () => {
  const headers = { 'x-user-id': '10000047' };
  const look = async (): Promise<{ requests: { path: string }[]; lastAborted: { path: string }[] }> =>
    (await (await fetch(`${fleet.door('sz-a')}/inflight`, { headers })).json()) as never;
  const isSlow = ({ path }: { path: string }): boolean => path.startsWith('/slow');
  const leaving = request(`${fleet.door('sz-a')}/slow?ms=60000`, { headers });
  leaving.on('error', () => undefined);
  leaving.end();
  await eventually('the request is at the cell', async () => (await look()).requests.some(isSlow));
  leaving.destroy();
  await eventually('the cell noticed', async () => {
    const { requests, lastAborted } = await look();
    return !requests.some(isSlow) && lastAborted.some(isSlow);
  });
});

test('user IDs are texts of 1 to 64 characters with digits in the right place, from one source', async () => {
  const good = { '9007199254740993': 'RZ05', [`${'1'.repeat(62)}42`]: 'RZ03' };
  for (const [userId, unit] of Object.entries(good)) assert.equal((await whoami('hz-a', userId)).unit, unit);
  const bad = [
    'x-user-id: 7',
    'x-user-id: abcdef',
    'x-user-id:',
    `x-user-id: ${'1'.repeat(65)}`,
    'x-user-id: 1007\r\nx-user-id: 1008',
    'x-user-id: 1007\r\nx-user-id: 1007',
    'x-user-id: 1007\r\ncookie: uid=1008',
    'x-user-id: 10\n07',
    'cookie: uid=10%0a07',
    'x-ignored: 1',
  ];
  for (const lines of bad) {
    const answer = await rawExchange(fleet.door('hz-a'), `GET /whoami HTTP/1.1\r\nHost: door\r\n${lines}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 400 /, `${JSON.stringify(lines)} → ${answer.slice(0, 200)}`);
  }
});

test('forged ldc-* headers change nothing', async () => {
  const forged = {
    'ldc-unit': 'RZ05',
    'LDC-Shard': '99',
    'ldc-epoch': '999',
    'ldc-primary': 'sz-a',
    'ldc-user-id': '99',
  };
  const response = await fetch(`${fleet.door('hz-a')}/whoami`, { headers: { 'x-user-id': '10000007', ...forged } });
  const { userId, shard, unit, epoch } = (await response.json()) as Whoami;
  assert.deepEqual([userId, shard, unit, epoch], ['10000007', '07', 'RZ01', 1]);
});
