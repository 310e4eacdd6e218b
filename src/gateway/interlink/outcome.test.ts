import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EdgeRecorder, InterlinkBench } from '../../../test/support/interlink-bench.ts';
import { upstreamRequest } from '../../../test/support/upstream-recorder.ts';
import type { UpstreamFailure, UpstreamRequest, UpstreamStream } from '../upstream.ts';

/** What a lost connection means, phase by phase: docs/interlink-protocol.md has the same table. */
const outcome = ({ seen }: { seen: EdgeRecorder }): string => `${seen.failure?.code}/${seen.failure?.executed}`;
const LOST = 'INTERLINK_LOST/unknown';
const DOWN = 'INTERLINK_DOWN/no';

interface Phase {
  readonly name: string;
  readonly request: Partial<UpstreamRequest>;
  readonly expected: string;
  /** Brings the exchange to its phase; the HEAD has arrived at the guard unless `before` is set. */
  readonly reach?: (bench: InterlinkBench, stream: UpstreamStream) => void;
  readonly before?: true;
}

const POST = { method: 'POST', body: 10 } as const;
const phases: readonly Phase[] = [
  { name: 'HEAD never left', request: {}, before: true, expected: DOWN },
  { name: 'HEAD of a POST never left', request: POST, before: true, expected: DOWN },
  { name: 'HEAD left, no body', request: {}, expected: LOST },
  { name: 'HEAD left, empty body', request: { method: 'POST', body: 0 }, expected: LOST },
  { name: 'HEAD left, upgrade', request: { upgrade: 'websocket' }, expected: LOST },
  { name: 'HEAD left, body not begun', request: POST, expected: DOWN },
  { name: 'admitted, no body', request: {}, reach: (bench) => admit(bench), expected: LOST },
  { name: 'admitted, body not begun', request: POST, reach: (bench) => admit(bench), expected: DOWN },
  {
    name: 'admitted, chunked body not begun',
    request: { method: 'POST', body: 'chunked' },
    reach: (bench) => admit(bench),
    expected: DOWN,
  },
  {
    name: 'body written but not sent',
    request: POST,
    reach: (bench, stream) => {
      admit(bench);
      stream.write(Buffer.alloc(5));
    },
    expected: DOWN,
  },
  {
    name: 'part of the body sent',
    request: POST,
    reach: (bench, stream) => {
      admit(bench);
      stream.write(Buffer.alloc(5));
      bench.network.run();
    },
    expected: LOST,
  },
  {
    name: 'chunked body ended empty',
    request: { method: 'POST', body: 'chunked' },
    reach: (bench, stream) => {
      admit(bench);
      stream.end();
      bench.network.run();
    },
    expected: LOST,
  },
  {
    name: 'in the middle of the answer',
    request: {},
    reach: (bench) => {
      admit(bench);
      bench.guard.last.events.head(200, []);
      bench.guard.last.events.data(Buffer.alloc(5));
      bench.network.run();
    },
    expected: LOST,
  },
];

function admit(bench: InterlinkBench): void {
  bench.guard.last.events.admitted();
  bench.network.run();
}

for (const { name, request, reach, before, expected } of phases) {
  test(`a connection lost when ${name}: ${expected}; the cell's request is aborted`, () => {
    const bench = InterlinkBench.ready();
    const { near, far } = bench.network.last;
    const opened = bench.open(request);
    if (!before) bench.network.run();
    reach?.(bench, opened.stream);
    near.cut('cable');
    far.cut('cable');
    assert.equal(outcome(opened), expected);
    assert.deepEqual(opened.seen.breaches, []);
    assert.equal(bench.guard.exchanges.length, before ? 0 : 1);
    if (!before) assert.equal(bench.guard.last.isCancelled, true);
    assert.equal(bench.server.size, 0);
    // Late calls on a stream that is over are harmless.
    opened.stream.write(Buffer.alloc(1));
    opened.stream.end();
    opened.stream.cancel();
    bench.network.run();
    assert.deepEqual(bench.observer.errors, []);
  });
}

/**
 * Found by the loss of a data center under load: the POSTs whose head had left were told "not executed" by the session that had just
 * lost its connection, went back to that very session, because its link had not heard of the loss yet, and hung there for ever.
 */
test('what is sent again because its connection was lost waits for another one', async () => {
  const bench = InterlinkBench.ready();
  const again: EdgeRecorder[] = [];
  class Resender extends EdgeRecorder {
    override failed(failure: UpstreamFailure): void {
      super.failed(failure);
      again.push(bench.open(POST).seen);
    }
  }
  const first = new Resender();
  bench.peer.open(upstreamRequest(POST), first);
  bench.network.run();
  const { near, far } = bench.network.last;
  near.cut('cable');
  far.cut('cable');
  assert.equal(outcome({ seen: first }), DOWN);
  bench.guard.onOpen = ({ events }) => events.refused({ code: 'NOT_OWNER', epoch: 1 as never, owner: null });
  await bench.advance(60_000, 1_000);
  assert.equal(again.length, 1);
  assert.ok(again[0]?.over, 'it got an answer, or failed');
});

test('an answer that arrived whole is delivered to a slow client even after the connection was lost', () => {
  const bench = InterlinkBench.ready();
  const { stream, seen } = bench.open();
  seen.onHead = () => stream.pause();
  bench.network.run();
  bench.guard.last.events.admitted();
  bench.guard.last.events.head(200, []);
  bench.guard.last.events.data(Buffer.from('whole'));
  bench.guard.last.events.end([]);
  bench.network.run();
  bench.network.last.near.cut('cable');
  assert.equal(seen.over, false);
  stream.resume();
  assert.equal(seen.text, 'whole');
  assert.deepEqual(seen.trailers, []);
});

test('an upgraded stream whose answer had ended hears nothing more when the connection is lost', () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = ({ events }) => {
    events.admitted();
    events.head(101, []);
    events.end([]);
  };
  const { seen } = bench.open({ upgrade: 'websocket' });
  bench.network.run();
  assert.deepEqual(seen.trailers, []);
  assert.equal(bench.peer.size, 1, 'the edge may still send');
  bench.network.last.near.cut('cable');
  bench.network.last.far.cut('cable');
  assert.equal(seen.failure, null);
  assert.deepEqual(seen.breaches, []);
  assert.equal(bench.guard.last.isCancelled, true);
});

test('no connection at all: a request fails at once as not executed while attempts fail', async () => {
  const bench = new InterlinkBench();
  bench.network.listener = null;
  bench.peer.start();
  bench.network.run();
  assert.equal(bench.peer.state.state, 'down');
  const opened = bench.open(POST);
  assert.equal(outcome(opened), DOWN);
  assert.match(opened.seen.failure?.detail ?? '', /gateway-sz-a-1 in sz-a at sz-a\.example:8125: connection refused/);
});

test('a request that comes while the first attempt is made waits for it, within its limit', async () => {
  const bench = new InterlinkBench();
  bench.peer.start();
  const early = bench.open();
  const cancelled = bench.open();
  cancelled.stream.cancel();
  assert.equal(early.seen.over, false);
  bench.network.run();
  assert.equal(bench.guard.exchanges.length, 1, 'the one that still wants an answer');

  const late = new InterlinkBench();
  late.peer.start();
  const waiting = late.open({ limits: { connectMs: 300, responseHeadMs: 1_000, bodyIdleMs: 1_000 } });
  await late.clock.advance(299);
  assert.equal(waiting.seen.over, false);
  await late.clock.advance(2);
  assert.equal(outcome(waiting), DOWN);
  late.network.run();
  assert.equal(late.guard.exchanges.length, 0);
});

test('no more requests wait for a connection than the limit says', () => {
  const bench = new InterlinkBench({ limits: { maxWaiting: 2 } });
  bench.peer.start();
  bench.open();
  bench.open();
  assert.equal(outcome(bench.open()), 'OVERLOADED/no');
});

test('more streams than the guard allows are refused as not executed, on either side', () => {
  const bench = InterlinkBench.ready({ serverLimits: { maxStreams: 2 } });
  bench.open();
  bench.open();
  const local = bench.open();
  assert.equal(outcome(local), 'OVERLOADED/no');
  assert.match(local.seen.failure?.detail ?? '', /interlink\.maxStreams/);
});

test('an admission that does not come in time ends, and is cancelled at the guard', async () => {
  const bench = InterlinkBench.ready();
  const limits = { connectMs: 500, responseHeadMs: 10_000, bodyIdleMs: 10_000 };
  const get = bench.open({ limits });
  const post = bench.open({ ...POST, limits });
  await bench.advance(400);
  assert.equal(get.seen.over, false);
  await bench.advance(300);
  assert.equal(outcome(get), 'ADMISSION_TIMEOUT/unknown');
  assert.equal(outcome(post), 'ADMISSION_TIMEOUT/no');
  assert.ok(bench.guard.exchanges.every(({ isCancelled }) => isCancelled));
  assert.equal(bench.server.size, 0);
});

test('the edge ends a stream that the other side forgot: no head, no body, no credit', async () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = (exchange) => {
    exchange.takesMore = false;
    exchange.events.admitted();
  };
  const limits = { connectMs: 500, responseHeadMs: 2_000, bodyIdleMs: 1_500 };
  const noHead = bench.open({ limits });
  const noBody = bench.open({ limits });
  const noCredit = bench.open({ method: 'POST', body: 'chunked', limits });
  const paused = bench.open({ limits });
  paused.seen.onHead = () => paused.stream.pause();
  bench.network.run();
  bench.guard.exchanges[1]?.events.head(200, []);
  bench.guard.exchanges[3]?.events.head(200, []);
  noCredit.stream.write(Buffer.alloc(400_000));
  await bench.advance(2_400);
  assert.ok(
    [noHead, noBody, noCredit].every(({ seen }) => !seen.over),
    'the guard has its time, and some grace',
  );
  await bench.advance(1_000);
  assert.equal(outcome(noHead), 'RESPONSE_TIMEOUT/unknown');
  assert.equal(outcome(noBody), 'RESPONSE_STALLED/unknown');
  assert.equal(outcome(noCredit), 'RESPONSE_TIMEOUT/unknown');
  assert.equal(paused.seen.over, false, 'who paused is not waiting');
  assert.equal(bench.server.size, 1);
});

test('slow clients together hold no more than the limit: beyond it a stream fails, the connection lives', () => {
  const bench = InterlinkBench.ready({ limits: { maxHeldBytes: 100_000 } });
  const opened = [1, 2].map(() => bench.open());
  for (const { seen, stream } of opened) seen.onHead = () => stream.pause();
  bench.network.run();
  for (const { events } of bench.guard.exchanges) {
    events.admitted();
    events.head(200, []);
    events.data(Buffer.alloc(60_000));
  }
  bench.network.run();
  const failed = opened.filter(({ seen }) => seen.failure?.code === 'OVERLOADED');
  assert.equal(failed.length, 1);
  for (const { stream } of opened) stream.resume();
  assert.deepEqual(opened.map(({ seen }) => seen.bytes).sort(), [0, 60_000]);
  assert.equal(bench.peer.state.state, 'ready');
});

test('a bug in one consumer is counted, closes its connection, and never leaves the session', async () => {
  const bench = InterlinkBench.ready();
  const { seen } = bench.open();
  seen.onHead = () => {
    throw new Error('a bug');
  };
  bench.network.run();
  bench.guard.last.events.admitted();
  bench.guard.last.events.head(200, []);
  bench.network.run();
  assert.match(String(bench.observer.errors[0]), /a bug/);
  assert.equal(seen.failure?.code, 'INTERLINK_LOST');
  await bench.advance(200);
  assert.equal(bench.peer.state.state, 'ready', 'the next connection is there');
});
