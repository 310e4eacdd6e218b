import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InterlinkBench, nodeOf } from '../../../test/support/interlink-bench.ts';
import { upstreamRequest } from '../../../test/support/upstream-recorder.ts';
import type { CellId, RealmId } from '../../core/ids.ts';
import { encodeAnswerHead, encodeEnd } from './answer-codec.ts';
import { encodeAdmitted, encodeGoAway, encodePing, encodePong, encodeStatus, encodeWindow } from './control-codec.ts';
import { FRAME, FRAME_HEADER_BYTES, newFrame } from './frame.ts';
import { encodeHead } from './head-codec.ts';
import { encodeHello, helloOf } from './hello.ts';
import { DEFAULT_INTERLINK_LIMITS } from './interlink-limits.ts';

const head = (stream: number, part = {}): Buffer => {
  const frame = encodeHead(stream, upstreamRequest(part));
  assert.ok(Buffer.isBuffer(frame));
  return frame;
};
const data = (stream: number, bytes: number): Buffer => newFrame(FRAME.DATA, stream, bytes).fill(0, FRAME_HEADER_BYTES);
const answer = (stream: number, status = 200): Buffer => {
  const frame = encodeAnswerHead(FRAME.RESPONSE, stream, { status, headers: [] });
  assert.ok(Buffer.isBuffer(frame));
  return frame;
};

/** Writes frames to the server of the bench as a hostile edge would, and returns why it closed (or null). */
function asEdge(frames: readonly Buffer[], bench = new InterlinkBench()): string | null {
  bench.guard.onOpen = ({ events }) => events.admitted();
  const { near, far } = bench.network.connect();
  let reason: string | null = null;
  near.start({ data: () => {}, drain: () => {}, closed: () => {} });
  bench.server.accept(far, nodeOf('hz-a'));
  near.write(encodeHello(helloOf(nodeOf('hz-a'), DEFAULT_INTERLINK_LIMITS)));
  for (const frame of frames) {
    near.write(frame);
    bench.network.run();
  }
  reason = bench.observer.lines.find((line) => line.startsWith('guard closed')) ?? null;
  assert.deepEqual(bench.observer.errors, []);
  if (reason !== null) assert.equal(bench.server.size + bench.server.connections, 0);
  return reason;
}

test('a guard closes with a reason on every frame that the protocol forbids, and on nothing else', () => {
  const post = head(1, { method: 'POST', body: 'chunked' });
  const cases: [string, Buffer[], RegExp | null][] = [
    ['upload', [post, data(1, 1000), encodeEnd(1, [])], null],
    ['late frames', [head(1), newFrame(FRAME.CANCEL, 1, 1), encodeWindow(1, 10), newFrame(FRAME.CANCEL, 1, 1)], null],
    ['a second HELLO', [encodeHello(helloOf(nodeOf('hz-a'), DEFAULT_INTERLINK_LIMITS))], /a second HELLO/],
    ['HEAD twice', [head(1), head(1)], /HEAD on stream 1, the last one was 1/],
    ['HEAD backwards', [head(5), head(3)], /HEAD on stream 3, the last one was 5/],
    ['malformed HEAD', [newFrame(FRAME.HEAD, 1, 60).fill(0xff, 10)], /HEAD: the text is malformed/],
    ['DATA on no stream', [data(7, 1)], /DATA on stream 7, which was never opened/],
    ['DATA without a body', [head(1), data(1, 1)], /DATA on stream 1/],
    ['DATA after END', [post, encodeEnd(1, []), data(1, 1)], /DATA on stream 1/],
    ['WINDOW before an answer', [head(1), encodeWindow(1, 100)], /WINDOW on stream 1/],
    ['a frame of the other side', [head(1), encodeAdmitted(1)], /ADMITTED: never sent by the edge/],
    ['PONG out of thin air', [encodePong(encodePing(9e9).subarray(FRAME_HEADER_BYTES))], /PONG without our PING/],
    ['malformed END', [post, newFrame(FRAME.END, 1, 4).fill(0xff, 10)], /END: a trailer/],
    ['HTTP', [Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')], /unknown frame type/],
  ];
  for (const [name, frames, reason] of cases) {
    const seen = asEdge(frames);
    if (reason === null) assert.equal(seen, null, name);
    else assert.match(seen ?? 'still open', reason, name);
  }
});

test('an edge that sends more than its window is cut off, however it is sliced', () => {
  const post = head(1, { method: 'POST', body: 'chunked' });
  const bench = new InterlinkBench();
  bench.guard.onOpen = (exchange) => {
    exchange.takesMore = false;
  };
  const overrun = (size: number): string | null => {
    const hostile = new InterlinkBench();
    hostile.server = bench.server;
    return asEdge([post, ...Array.from({ length: Math.ceil(270_000 / size) }, () => data(1, size))], slowCells());
  };
  assert.match(overrun(60_000) ?? '', /DATA beyond the window/);
  // A byte a frame costs 256 of the window: 1024 frames, not 262,144.
  const tiny = asEdge([post, ...Array.from({ length: 1_030 }, () => data(1, 1))], slowCells());
  assert.match(tiny ?? '', /DATA beyond the window/);
  const within = asEdge([post, ...Array.from({ length: 1_000 }, () => data(1, 1))], slowCells());
  assert.equal(within, null);
});

/** A bench whose cells take nothing after the first chunk. */
function slowCells(): InterlinkBench {
  const bench = new InterlinkBench();
  const open = bench.guard.open.bind(bench.guard);
  bench.guard.open = (request, events) => {
    const exchange = open(request, events);
    exchange.write = () => false;
    return exchange;
  };
  return bench;
}

test('an edge cannot send without end on a stream that is closed', () => {
  const bench = new InterlinkBench();
  const post = head(1, { method: 'POST', body: 'chunked' });
  const flood = Array.from({ length: 10 }, () => data(1, 60_000));
  const open = bench.guard.open.bind(bench.guard);
  bench.guard.open = (request, events) => {
    const exchange = open(request, events);
    exchange.write = () => {
      events.head(413, []);
      events.end([]);
      return true;
    };
    return exchange;
  };
  assert.match(asEdge([post, ...flood], bench) ?? '', /DATA on closed streams/);
});

test('an edge that opens more streams than HELLO allows is refused, and no guard is asked', () => {
  const bench = new InterlinkBench({ serverLimits: { maxStreams: 2 } });
  assert.equal(asEdge([head(1), head(2), head(3), head(4)], bench), null);
  assert.equal(bench.guard.exchanges.length, 2);
  assert.equal(bench.server.size, 2);
});

test('an edge closes on a frame for a stream that it never opened', () => {
  const bench = InterlinkBench.ready();
  bench.network.last.far.write(encodeAdmitted(7));
  bench.network.run();
  assert.ok(bench.observer.has(/edge closed PROTOCOL: ADMITTED on stream 7, which was never opened/));
});

test('random bytes after HELLO never throw and never reach a cell half-read', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 100 }), { minLength: 1, maxLength: 5 }), (pieces) => {
      asEdge(pieces.map((piece) => Buffer.from(piece)));
    }),
    { numRuns: 300 },
  );
});

test('frames in a random order never throw, on either side', () => {
  const edgeFrames = [
    head(1),
    head(2, { method: 'POST', body: 'chunked' }),
    head(3, { upgrade: 'x' }),
    data(1, 5),
    data(2, 5),
    encodeEnd(2, []),
    encodeWindow(1, 9),
    newFrame(FRAME.CANCEL, 2, 1).fill(0, 10),
    encodePing(1),
    encodeGoAway('DRAINING', ''),
    encodeGoAway('INTERNAL', ''),
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...edgeFrames), { maxLength: 12 }), (frames) => void asEdge(frames)),
    { numRuns: 500 },
  );
  const guardFrames = [
    encodeAdmitted(1),
    encodeAdmitted(2),
    answer(1),
    answer(2),
    answer(1, 101),
    data(1, 5),
    encodeEnd(1, []),
    encodeEnd(2, []),
    encodeWindow(1, 9),
    encodeWindow(2, 9),
    newFrame(FRAME.REFUSED, 1, 12).fill(0, 10),
    newFrame(FRAME.FAILED, 2, 3).fill(0, 10),
    encodeStatus(['A' as CellId]),
    encodePing(1),
    encodeGoAway('DRAINING', ''),
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...guardFrames), { maxLength: 12 }), (frames) => {
      const bench = new InterlinkBench();
      bench.network.listener = (far) => {
        bench.network.listener = null;
        far.start({ data: () => {}, drain: () => {}, closed: () => {} });
        far.write(encodeHello(helloOf(nodeOf('sz-a'), DEFAULT_INTERLINK_LIMITS)));
      };
      bench.peer.start();
      bench.network.run();
      const opened = [bench.open(), bench.open({ method: 'POST', body: 'chunked' }), bench.open({ upgrade: 'x' })];
      for (const frame of frames) {
        bench.network.last.far.write(frame);
        bench.network.run();
      }
      for (const { seen } of opened) assert.deepEqual(seen.breaches, []);
      assert.deepEqual(bench.observer.errors, []);
    }),
    { numRuns: 500 },
  );
});

test('a HELLO that does not fit ends the connection, and both sides know why', () => {
  const cases: [Parameters<typeof InterlinkBench.ready>[0], RegExp, RegExp][] = [
    [
      { edge: nodeOf('hz-a', { versions: { min: 2, max: 3 } }) },
      /VERSION: the peer closed: .*gateway-sz-a-1 speaks 1 to 1, gateway-hz-a-1 speaks 2 to 3/,
      /VERSION: .*speaks 1 to 1.*speaks 2 to 3/,
    ],
    [{ edge: nodeOf('hz-a', { realm: 'other' as RealmId }) }, /REALM/, /REALM: realm other, ours is demo/],
  ];
  for (const [options, edgeSide, guardSide] of cases) {
    const bench = InterlinkBench.ready(options);
    assert.match(bench.peer.state.lastError ?? '', edgeSide);
    assert.equal(bench.peer.state.state, 'down');
    assert.ok(
      bench.observer.has(guardSide) || bench.observer.has(/guard closed .*the peer closed/),
      bench.observer.lines.join('\n'),
    );
    assert.equal(bench.server.connections, 0);
  }
});

test('a stolen certificate cannot speak for another data center', () => {
  const bench = new InterlinkBench();
  bench.network.dialler = nodeOf('sh-a');
  bench.peer.start();
  bench.network.run();
  assert.ok(
    bench.observer.has(/IDENTITY: .*HELLO and certificate disagree: data center hz-a, expected sh-a/),
    bench.observer.lines.join('\n'),
  );
  assert.equal(bench.peer.state.state, 'down');
  assert.match(bench.peer.state.lastError ?? '', /IDENTITY/);
});

test('a dialler that reaches another gateway than it dialled says nothing to it', () => {
  const bench = new InterlinkBench();
  bench.network.answers = nodeOf('sh-a');
  bench.peer.start();
  bench.network.run();
  assert.match(bench.peer.state.lastError ?? '', /wrong gateway: data center sh-a, expected sz-a/);
  assert.equal(bench.network.last.near.bytesWritten, 0);
});

test('a connection without HELLO is closed after the limit', async () => {
  const bench = new InterlinkBench();
  const { near, far } = bench.network.connect();
  near.start({ data: () => {}, drain: () => {}, closed: () => {} });
  bench.server.accept(far, nodeOf('hz-a'));
  await bench.advance(4_900);
  assert.equal(bench.server.connections, 1);
  await bench.advance(200);
  assert.equal(bench.server.connections, 0);
  assert.ok(bench.observer.has(/TIMEOUT: no HELLO within 5000 ms \(interlink\.helloMs\)/));
});

test('a peer that falls silent is dead after three seconds, and what is open there is lost', async () => {
  const bench = InterlinkBench.ready();
  const opened = bench.open();
  await bench.advance(10_000);
  assert.equal(bench.peer.state.state, 'ready', 'PING keeps an idle connection');
  assert.ok(bench.observer.has(/edge round trip \d/));
  bench.network.last.far.isStalled = true;
  await bench.advance(2_500);
  assert.equal(opened.seen.over, false);
  await bench.advance(1_700);
  assert.equal(opened.seen.failure?.code, 'INTERLINK_LOST');
  assert.ok(bench.observer.has(/edge closed TIMEOUT: no byte from gateway-sz-a-1 for \d+ ms/));
});

test('a peer that does not read is closed when too much waits for it', () => {
  const bench = InterlinkBench.ready({ limits: { maxQueuedBytes: 100_000 } });
  bench.guard.onOpen = ({ events }) => events.refused({ code: 'NOT_OWNER', epoch: 1 as never, owner: null });
  const { far } = bench.network.last;
  far.isStalled = true;
  for (let count = 0; count < 10_000 && bench.server.connections > 0; count += 1) {
    bench.open({ requestId: 'r'.repeat(100) });
    bench.network.run();
  }
  assert.ok(
    bench.observer.has(/guard closed OVERLOADED: the peer does not read: over interlink\.maxQueuedBytes \(100000\)/),
  );
});

test('a drain ends open streams well, refuses new ones as not executed, and the edge goes elsewhere', async () => {
  const bench = InterlinkBench.ready();
  const open = bench.open();
  bench.network.run();
  const [cell] = bench.guard.exchanges;
  cell?.events.admitted();
  const old = bench.server;
  let drained = false;
  void old.drain(10_000).then(() => {
    drained = true;
  });
  // Sent before the GOAWAY arrived: refused, not lost.
  const crossing = bench.open();
  bench.newServer();
  bench.network.run();
  assert.equal(crossing.seen.refusal?.code, 'DRAINING');
  assert.equal(bench.peer.state.state, 'ready', 'the old connection is used until there is a new one');
  await bench.advance(100);
  assert.equal(bench.peer.state.state, 'ready', 'a new connection is there');
  const next = bench.open();
  bench.network.run();
  assert.equal(bench.guard.exchanges.length, 2);
  cell?.events.head(200, []);
  await Promise.resolve();
  assert.equal(drained, false);
  cell?.events.end([]);
  bench.network.run();
  await Promise.resolve();
  assert.deepEqual(open.seen.trailers, []);
  assert.equal(drained, true);
  assert.equal(old.connections, 0);
  assert.equal(next.seen.over, false);
});

test('a drain takes new streams for its time of grace, so that an edge is never without a connection', async () => {
  const bench = InterlinkBench.ready();
  const old = bench.server;
  void old.drain(10_000, 5_000);
  bench.newServer();
  bench.network.run();
  const between = bench.open();
  bench.network.run();
  assert.equal(between.seen.refusal, null);
  assert.equal(bench.guard.exchanges.length, 1);
  await bench.advance(100);
  assert.equal(old.connections, 1, 'its stream goes on');
  bench.guard.last.events.head(200, []);
  bench.guard.last.events.end([]);
  bench.network.run();
  await bench.advance(1);
  assert.equal(old.connections, 0, 'the edge has left');
  bench.open();
  bench.network.run();
  assert.equal(bench.guard.exchanges.length, 2);
});

test('an edge that was asked to leave gives the connection up when no other can be made', async () => {
  const bench = InterlinkBench.ready();
  void bench.server.drain(10_000, 5_000);
  bench.network.listener = null;
  bench.network.run();
  await bench.advance(6_000);
  assert.equal(bench.peer.state.state, 'down');
});

test('a drain waits no longer than its limit', async () => {
  const bench = InterlinkBench.ready();
  const { seen } = bench.open();
  bench.network.run();
  const done = bench.server.drain(2_000);
  await bench.advance(2_100);
  await done;
  assert.equal(seen.failure?.code, 'INTERLINK_LOST');
  assert.equal(bench.guard.last.isCancelled, true);
});

test('stream numbers that are used up lead to a new connection without a failed request', async () => {
  const bench = InterlinkBench.ready({ limits: { lastStream: 3 } });
  bench.guard.onOpen = ({ events }) => {
    events.admitted();
    events.head(200, []);
    events.end([]);
  };
  const opened = [];
  for (let count = 0; count < 20; count += 1) {
    opened.push(bench.open());
    await bench.advance(3_000);
  }
  assert.ok(opened.every(({ seen }) => seen.trailers !== null));
  assert.ok(bench.network.pipes.length >= 6);
  assert.equal(bench.server.connections, 1);
});

test('a connection that does not last is not made again at once: no storm of handshakes', async () => {
  const bench = InterlinkBench.ready();
  const listener = bench.network.listener;
  bench.network.listener = (far, proven) => {
    listener?.(far, proven);
    bench.server.close();
  };
  bench.network.last.far.cut('x');
  bench.network.last.near.cut('x');
  await bench.advance(30_000);
  assert.ok(bench.network.pipes.length < 20, `${bench.network.pipes.length} connections in 30 s`);
});

test('a lost connection is made again at once, then with growing pauses, and forgets them when it is there', async () => {
  const bench = InterlinkBench.ready();
  await bench.advance(6_000);
  bench.network.listener = null;
  bench.network.last.far.cut('restart');
  bench.network.last.near.cut('restart');
  const dials: number[] = [];
  const dial = bench.network.dial.bind(bench.network);
  bench.network.dial = (target, answerTo) => {
    dials.push(bench.clock.monotonicMs());
    return dial(target, answerTo);
  };
  bench.network.run();
  const from = bench.clock.monotonicMs();
  await bench.advance(20_000, 10);
  assert.deepEqual(
    dials.slice(0, 8).map((at) => Math.round((at - from) / 10) * 10),
    [50, 150, 350, 750, 1_550, 3_150, 5_650, 8_150],
  );
  assert.equal(bench.peer.state.state, 'down');
  bench.newServer();
  await bench.advance(2_600);
  assert.equal(bench.peer.state.state, 'ready');
  assert.deepEqual(
    bench.states.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]),
    ['ready', 'connecting', 'down', 'ready'],
  );
  await bench.advance(6_000);
  const before = dials.length;
  bench.network.last.far.cut('restart');
  bench.network.last.near.cut('restart');
  assert.equal(dials.length, before + 1, 'a connection that lasted is made again at once');
  bench.network.listener = null;
  bench.network.run();
  const lostMs = bench.clock.monotonicMs();
  await bench.advance(100, 10);
  assert.equal(dials.length, before + 2);
  assert.ok((dials.at(-1) ?? 0) - lostMs <= 60, 'the pauses begin anew');
});

test('several connections share the streams', () => {
  const bench = InterlinkBench.ready({ limits: { connections: 3 } });
  for (let count = 0; count < 30; count += 1) bench.open();
  bench.network.run();
  assert.equal(bench.network.pipes.length, 3);
  assert.equal(bench.guard.exchanges.length, 30);
  assert.ok(bench.network.pipes.every(({ near }) => near.bytesWritten > 1_000));
});

test('a closed peer leaves nothing behind: no timer, no connection, no waiting request', () => {
  const bench = InterlinkBench.ready();
  const { seen } = bench.open();
  bench.network.run();
  bench.peer.close();
  bench.peer.close();
  bench.network.run();
  assert.equal(seen.failure?.code, 'INTERLINK_LOST');
  assert.equal(bench.guard.last.isCancelled, true);
  assert.equal(bench.server.connections, 0);
  assert.equal(bench.clock.timers, 0);
  assert.equal(bench.peer.state.state, 'closed');
  const late = bench.open();
  assert.equal(late.seen.failure?.code, 'INTERLINK_DOWN');
});
