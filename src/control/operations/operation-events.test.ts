import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { TOKENS } from '../../../test/support/control-bench.ts';
import { OperationBench, ok } from '../../../test/support/operation-bench.ts';
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
