import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { AgreeableGates } from '../../../test/support/agreeable-gates.ts';
import { ControlBench, THREE_CITIES, TOKENS } from '../../../test/support/control-bench.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { HeldStore } from '../../../test/support/held-store.ts';
import { FAST, OperationBench, ok } from '../../../test/support/operation-bench.ts';
import { auditKey } from '../records/audit-record.ts';

const MOVE = { kind: 'move', shards: '80-84', to: 'RZ01' } as const;

/** The whole stream of an operation's events, as text. */
async function streamOf(bench: OperationBench, id: string, token: string = TOKENS.viewer): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  return fetch(`${bench.api.url}/v1/operations/${id}/events`, { headers, signal: AbortSignal.timeout(30_000) });
}

test('the events of an operation: each change with the whole of it, in order, and the outcome as the last one', async (t) => {
  const bench = await OperationBench.start(t);
  const id = await bench.begin(MOVE);
  const response = await streamOf(bench, id);
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const text = await response.text();
  const events = text.split('\n\n').filter((part) => part.startsWith('event: '));
  const names = events.map((event) => event.split('\n')[0]);
  assert.equal(names.at(-1), 'event: end');
  assert.ok(names.slice(0, -1).every((name) => name === 'event: operation'));
  const views = events.map((event) => JSON.parse(event.slice(event.indexOf('data: ') + 6)));
  const sequences = views.map(({ sequence }) => sequence);
  assert.deepEqual(
    sequences,
    [...sequences].sort((a, b) => a - b),
  );
  assert.equal(views.at(-1).outcome.kind, 'done');
  const late = await (await streamOf(bench, id)).text();
  assert.match(late, /^event: end\nid: \d+\ndata: /);
});

test('a stream of what is not there is refused like any call, and so is one without a token', async (t) => {
  const bench = await OperationBench.start(t);
  const none = await streamOf(bench, 'op-nothing');
  assert.deepEqual(
    [none.status, ((await none.json()) as { error: { code: string } }).error.code],
    [404, 'NO_OPERATION'],
  );
  assert.equal((await streamOf(bench, 'op-nothing', 'guess')).status, 401);
});

test('a caller that never reads, and one that leaves, hold nothing up: the operation ends and the node closes', async (t) => {
  const bench = await OperationBench.start(t, { operations: { horizonMs: 2_000 } });
  bench.guards.silent.add('sz-a');
  const id = await bench.begin(MOVE);
  const { hostname, port } = new URL(bench.api.url);
  const sleepers = Array.from({ length: 3 }, () => connect(Number(port), hostname));
  t.after(() => {
    for (const socket of sleepers) socket.destroy();
  });
  for (const socket of sleepers) {
    socket.on('error', () => {});
    socket.pause();
    const head = `GET /v1/operations/${id}/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKENS.viewer}\r\n\r\n`;
    if (socket.connecting) await once(socket, 'connect');
    socket.write(head);
  }
  sleepers[0]?.destroy();
  assert.equal((await bench.ended(id)).outcome?.kind, 'done');
});

// Found by a test that took ten minutes: the command that watched came back while the node was closing, got a stream that nobody
// ended, and the node, which still led, waited for the end of the operation.
test('a stream that begins while its node closes is ended like the others', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'ldc-events-'));
  const store = new HeldStore(ControlBench.openStore(dir));
  // An emergency that stays in its drain for longer than any test.
  const operations = { ...FAST, horizonMs: 600_000 };
  const bench = await ControlBench.start({ dir, store, gates: new AgreeableGates(), operations });
  t.after(() => bench.close());
  ok(await bench.apply(THREE_CITIES, 0));
  const plan = ok(await bench.post('/v1/plans', { kind: 'failover', dataCenter: 'sz-a', emergency: true }));
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': 'key-of-events',
    authorization: `Bearer ${TOKENS.operator}`,
  };
  const started = await fetch(`${bench.url}/v1/operations`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ plan }),
  });
  const { operation } = (await started.json()) as { operation: { id: string } };
  await eventually('it drains', async () => ok(await bench.call(`/v1/operations/${operation.id}`)).step === 'drain');
  store.hold();
  const before = store.waiting;
  const streaming = fetch(`${bench.url}/v1/operations/${operation.id}/events`, { headers }).catch(() => null);
  await eventually('the call is under way', () => store.waiting >= before + 2);
  let isClosed = false;
  const closing = bench.node.close().then(() => {
    isClosed = true;
  });
  await setImmediate();
  store.release();
  await (await streaming)?.text().catch(() => '');
  await eventually('the node has closed', () => isClosed);
  await closing;
});

test('the audit has one record for each epoch; one that was changed, taken out or put in later is found', async (t) => {
  const bench = await OperationBench.start(t);
  await bench.run(MOVE);
  const { epoch } = ok(await bench.api.call('/v1/table'));
  const whole = ok(await bench.api.call('/v1/audit/verify'));
  assert.deepEqual([whole.whole, whole.count, whole.first, whole.last], [true, epoch, 1, epoch]);
  const { records } = ok(await bench.api.call('/v1/audit?limit=2'));
  assert.deepEqual(
    records.map(({ epoch: own }: { epoch: number }) => own),
    [epoch, epoch - 1],
  );
  const { store } = bench.control;
  const [entry] = (await store.read([auditKey(3)])).entries;
  const write = (value: string | null) => store.transact([], [{ key: auditKey(3), value }]);
  const verified = async () => ok(await bench.api.call('/v1/audit/verify'));
  await write(JSON.stringify({ ...JSON.parse(entry?.value ?? '{}'), author: 'nobody' }));
  assert.equal((await verified()).whole, false);
  await write(null);
  assert.equal((await verified()).whole, false);
  await write(entry?.value ?? null);
  assert.equal((await verified()).whole, true);
});
