import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InterlinkBench } from '../../../test/support/interlink-bench.ts';
import type { CellId, Epoch, UnitId } from '../../core/ids.ts';

const pattern = (seed: number, bytes: number): Buffer => {
  const made = Buffer.alloc(bytes);
  for (let index = 0; index < bytes; index += 1) made[index] = (seed * 31 + index * 7 + (index >> 8)) & 0xff;
  return made;
};

test('a request without a body is admitted, answered and forgotten on both sides', () => {
  const bench = InterlinkBench.ready();
  const { seen } = bench.open({ target: '/whoami?x=1', headers: ['Host', 'a', 'X-User-Id', '0042'] });
  bench.network.run();
  const exchange = bench.guard.last;
  assert.equal(exchange.request.target, '/whoami?x=1');
  assert.deepEqual(exchange.request.claim, { shard: 7, epoch: 3, unit: 'RZ01', cell: 'RZ01A', safe: true });
  exchange.events.admitted();
  exchange.events.informational(103, ['Link', '</a>']);
  exchange.events.head(200, ['Content-Type', 'text/plain']);
  exchange.events.data(Buffer.from('hello'));
  exchange.events.end(['X-Sum', '1']);
  bench.network.run();
  assert.equal(seen.isAdmitted, true);
  assert.deepEqual(seen.informationals, [{ status: 103, headers: ['Link', '</a>'] }]);
  assert.equal(seen.status, 200);
  assert.deepEqual(seen.headers, ['Content-Type', 'text/plain']);
  assert.equal(seen.text, 'hello');
  assert.deepEqual(seen.trailers, ['X-Sum', '1']);
  assert.deepEqual(seen.breaches, []);
  assert.equal(bench.peer.size + bench.server.size, 0);
  assert.equal(exchange.isCancelled, false);
});

test('a guard that answers before open returns is heard all the same', () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = ({ events }) => {
    events.admitted();
    events.head(204, []);
    events.end([]);
  };
  const { seen } = bench.open();
  bench.network.run();
  assert.equal(seen.status, 204);
  assert.deepEqual(seen.trailers, []);
});

test('a body flows only after ADMITTED, and a refused POST can be sent again with the same body', () => {
  const bench = InterlinkBench.ready();
  const refusal = { code: 'STALE_EPOCH' as const, epoch: 9 as Epoch, owner: 'RZ03' as UnitId };
  bench.guard.onOpen = ({ events, request }) => (request.claim.epoch < 9 ? events.refused(refusal) : events.admitted());
  const first = bench.open({ method: 'POST', body: 5 });
  bench.network.run();
  assert.deepEqual(first.seen.refusal, refusal);
  assert.equal(first.seen.isAdmitted, false);
  assert.equal(bench.guard.last.bytes, 0);
  assert.equal(bench.server.size, 0);

  const claim = { ...bench.guard.last.request.claim, epoch: 9 as Epoch };
  const second = bench.open({ method: 'POST', body: 5, claim });
  second.seen.onAdmitted = () => {
    second.stream.write(Buffer.from('12345'));
    second.stream.end();
  };
  bench.network.run();
  assert.equal(bench.guard.last.body.toString(), '12345');
  assert.deepEqual(bench.guard.last.trailers, []);
});

test('writing before ADMITTED is a bug that is said aloud', () => {
  const bench = InterlinkBench.ready();
  const { stream } = bench.open({ method: 'POST', body: 5 });
  assert.throws(() => stream.write(Buffer.from('12345')), /before the guard admitted/);
  assert.throws(() => stream.end(), /before the guard admitted/);
});

test('all frames of one turn go in one write', () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = ({ events }) => {
    events.admitted();
    events.head(200, []);
    events.data(Buffer.from('x'));
    events.end([]);
  };
  const { near, far } = bench.network.last;
  const [nearBefore, farBefore] = [near.writes, far.writes];
  const requests = Array.from({ length: 500 }, () => bench.open());
  bench.network.run();
  assert.ok(requests.every(({ seen }) => seen.text === 'x' && seen.trailers !== null));
  assert.equal(near.writes - nearBefore, 1);
  assert.equal(far.writes - farBefore, 1);
});

test('many streams with random sizes, cuts and pauses arrive whole and in order, both ways', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(90_000), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: 0xffff }),
      (sizes, seed) => {
        let state = seed + 1;
        const draw = (below: number): number => {
          state = (state * 48_271) % 0x7fff_ffff;
          return state % below;
        };
        const bench = InterlinkBench.ready({
          limits: { windowBytes: 16_384, streamBufferBytes: 8_192, dataFrameBytes: 1 + draw(9_000) },
        });
        bench.network.pieceBytes = () => 1 + draw(5_000);
        // The cell echoes; it takes and gives haltingly, and so does the client.
        bench.guard.onOpen = ({ events }) => {
          events.admitted();
          events.head(200, []);
        };
        const exchanges = sizes.map((size, index) => {
          const body = pattern(index, size);
          const { stream, seen } = bench.open({ method: 'POST', body: size });
          seen.onData = () => {
            if (draw(4) === 0) stream.pause();
          };
          return { body, stream, seen, at: 0, isFull: false, isDone: false, echoed: 0, cellDone: false };
        });
        for (const item of exchanges) {
          item.seen.onDrain = () => {
            item.isFull = false;
          };
        }
        const upload = (item: (typeof exchanges)[number]): void => {
          while (item.seen.isAdmitted && !item.isFull && item.at < item.body.length) {
            const chunk = item.body.subarray(item.at, item.at + 1 + draw(6_000));
            item.at += chunk.length;
            item.isFull = !item.stream.write(chunk);
          }
          if (item.seen.isAdmitted && item.at === item.body.length && !item.isDone) {
            item.isDone = true;
            item.stream.end();
          }
        };
        for (let turn = 0; turn < 200_000 && exchanges.some(({ seen }) => seen.trailers === null); turn += 1) {
          for (const [index, item] of exchanges.entries()) {
            upload(item);
            if (draw(2) === 0) item.stream.resume();
            const cell = bench.guard.exchanges[index];
            if (cell === undefined) continue;
            cell.takesMore = draw(3) > 0;
            if (cell.takesMore) cell.events.drain();
            if (!cell.isPaused && item.echoed < cell.chunks.length)
              cell.events.data(cell.chunks[item.echoed++] ?? Buffer.alloc(0));
            if (cell.trailers !== null && item.echoed === cell.chunks.length && !item.cellDone) {
              item.cellDone = true;
              cell.events.end([]);
            }
          }
          bench.network.step();
        }
        for (const { body, seen } of exchanges) {
          assert.deepEqual(seen.breaches, []);
          assert.notEqual(seen.trailers, null, 'the exchange came to its end');
          assert.ok(Buffer.concat(seen.chunks).equals(body), `${body.length} bytes came back`);
        }
        assert.equal(bench.peer.size + bench.server.size, 0);
        assert.deepEqual(bench.observer.errors, []);
      },
    ),
    { numRuns: 25 },
  );
});

test('a stream that is paused for ever holds one window and delays nobody', () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = ({ events }) => {
    events.admitted();
    events.head(200, []);
  };
  const slow = bench.open();
  slow.seen.onHead = () => slow.stream.pause();
  bench.network.run();
  const slowCell = bench.guard.last;
  let offered = 0;
  for (; !slowCell.isPaused; offered += 16_384) {
    slowCell.events.data(Buffer.alloc(16_384));
    bench.network.run();
  }
  assert.ok(offered <= 262_144 + 65_536 + 16_384, `${offered} bytes were taken from the cell`);
  assert.equal(slow.seen.bytes, 0);

  for (let round = 0; round < 20; round += 1) {
    const other = bench.open();
    bench.network.run();
    const cell = bench.guard.last;
    for (let sent = 0; sent < 1_048_576; sent += 65_536) {
      cell.events.data(Buffer.alloc(65_536));
      bench.network.run();
    }
    cell.events.end([]);
    bench.network.run();
    assert.equal(other.seen.bytes, 1_048_576);
    assert.notEqual(other.seen.trailers, null);
  }

  slow.stream.resume();
  bench.network.run();
  assert.equal(slow.seen.bytes, offered);
  assert.equal(slowCell.isPaused, false, 'the cell goes on');
});

test('a cell that takes nothing stops the upload after one window', () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = (exchange) => {
    exchange.takesMore = false;
    exchange.events.admitted();
  };
  const { stream, seen } = bench.open({ method: 'POST', body: 'chunked' });
  bench.network.run();
  let offered = 0;
  for (let goes = true; goes; offered += 16_384) {
    goes = stream.write(Buffer.alloc(16_384));
    bench.network.run();
    if (seen.drains > 0) goes = true;
    seen.drains = 0;
    assert.ok(offered < 2_000_000, 'the upload stops');
    if (!goes) break;
  }
  assert.ok(bench.guard.last.bytes <= 16_384, 'the cell got what it took and no more');
  bench.guard.last.takesMore = true;
  bench.guard.last.events.drain();
  bench.network.run();
  stream.end();
  bench.network.run();
  assert.equal(bench.guard.last.bytes, offered + 16_384);
  assert.deepEqual(bench.guard.last.trailers, []);
});

test('a client that sends byte by byte to a cell that takes nothing stays within the window', () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = (exchange) => {
    exchange.takesMore = false;
    exchange.events.admitted();
  };
  const { stream } = bench.open({ method: 'POST', body: 'chunked' });
  bench.network.run();
  for (let count = 0; count < 3_000; count += 1) {
    stream.write(Buffer.alloc(1));
    bench.network.run();
  }
  assert.equal(bench.peer.state.state, 'ready');
  bench.guard.last.takesMore = true;
  bench.guard.last.events.drain();
  bench.network.run();
  assert.equal(bench.guard.last.bytes, 3_000);
});

test('a cancel in the middle of an upload or download ends the request at the cell and hurts no neighbour', () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = ({ events }) => events.admitted();
  const neighbour = bench.open();
  const upload = bench.open({ method: 'POST', body: 1_000_000 });
  const download = bench.open();
  bench.network.run();
  const [neighbourCell, uploadCell, downloadCell] = bench.guard.exchanges;
  upload.stream.write(Buffer.alloc(50_000));
  downloadCell?.events.head(200, []);
  downloadCell?.events.data(Buffer.alloc(50_000));
  bench.network.step();
  upload.stream.cancel();
  download.stream.cancel();
  upload.stream.cancel();
  bench.network.run();
  assert.equal(uploadCell?.isCancelled, true);
  assert.equal(downloadCell?.isCancelled, true);
  // What the cell says after it was cancelled goes nowhere.
  downloadCell?.events.data(Buffer.alloc(10));
  downloadCell?.events.end([]);
  uploadCell?.events.failed({ code: 'CELL_RESET', executed: 'unknown', detail: '' });
  bench.network.run();
  assert.equal(upload.seen.over || download.seen.over, false, 'no event follows a cancel');
  assert.equal(neighbourCell?.isCancelled, false);
  neighbourCell?.events.head(200, []);
  neighbourCell?.events.end([]);
  bench.network.run();
  assert.notEqual(neighbour.seen.trailers, null);
  assert.equal(bench.peer.state.state, 'ready');
  assert.equal(bench.peer.size + bench.server.size, 0);
});

test('an answer before the end of the upload is the end of the stream, and the late body is ignored', () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = ({ events }) => events.admitted();
  const { stream, seen } = bench.open({ method: 'POST', body: 1_000_000 });
  bench.network.run();
  stream.write(Buffer.alloc(60_000));
  bench.guard.last.events.head(413, []);
  bench.guard.last.events.end([]);
  for (let turn = 0; turn < 3; turn += 1) bench.network.step();
  stream.write(Buffer.alloc(60_000));
  bench.network.run();
  assert.equal(seen.status, 413);
  assert.deepEqual(seen.trailers, []);
  assert.equal(bench.guard.last.isCancelled, true, 'what is left of the request is dropped at the cell');
  assert.equal(bench.peer.state.state, 'ready');
  assert.equal(stream.write(Buffer.alloc(10)), true);
});

test('an upgraded stream carries bytes both ways and each side ends by itself', () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = ({ events }) => {
    events.admitted();
    events.head(101, ['Upgrade', 'websocket']);
  };
  const { stream, seen } = bench.open({ upgrade: 'websocket' });
  bench.network.run();
  assert.equal(seen.status, 101);
  stream.write(Buffer.from('ping'));
  bench.guard.last.events.data(Buffer.from('pong'));
  bench.network.run();
  assert.equal(bench.guard.last.body.toString(), 'ping');
  assert.equal(seen.text, 'pong');
  bench.guard.last.events.end([]);
  bench.network.run();
  assert.deepEqual(seen.trailers, []);
  assert.equal(bench.server.size, 1, 'the other direction is open');
  stream.write(Buffer.from('ping'));
  stream.end();
  bench.network.run();
  assert.equal(bench.guard.last.body.toString(), 'pingping');
  assert.deepEqual(bench.guard.last.trailers, []);
  assert.equal(bench.peer.size + bench.server.size, 0);
});

test('a refused upgrade is an answer like any other', () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = ({ events }) => {
    events.admitted();
    events.head(403, []);
    events.end([]);
  };
  const { seen } = bench.open({ upgrade: 'websocket' });
  bench.network.run();
  assert.equal(seen.status, 403);
  assert.equal(bench.peer.size + bench.server.size, 0);
});

test('a failure at the cell keeps its code and whether it may have been executed', () => {
  const bench = InterlinkBench.ready();
  const failures = [
    { code: 'CONNECT_FAILED', executed: 'no', detail: 'refused' },
    { code: 'CELL_RESET', executed: 'unknown', detail: 'after 10 bytes' },
  ] as const;
  for (const failure of failures) {
    bench.guard.onOpen = ({ events }) => {
      events.admitted();
      events.failed(failure);
    };
    const { seen } = bench.open();
    bench.network.run();
    assert.deepEqual(seen.failure, failure);
  }
});

test('an answer that the interlink cannot carry fails its own stream only', () => {
  const bench = InterlinkBench.ready();
  const bad: [number, string[]][] = [
    [200, ['X Y', 'a']],
    [200, ['X', 'a'.repeat(70_000)]],
    [1000, []],
    [101, []],
  ];
  for (const [status, headers] of bad) {
    bench.guard.onOpen = ({ events }) => {
      events.admitted();
      events.head(status, headers);
    };
    const { seen } = bench.open();
    bench.network.run();
    assert.equal(seen.failure?.code, 'BAD_RESPONSE');
    assert.equal(bench.guard.last.isCancelled, true);
  }
  assert.equal(bench.peer.state.state, 'ready');
});

test('a body that is longer or shorter than promised never completes at the cell', () => {
  const bench = InterlinkBench.ready();
  bench.guard.onOpen = ({ events }) => events.admitted();
  for (const sent of [4, 6]) {
    const { stream, seen } = bench.open({ method: 'POST', body: 5 });
    bench.network.run();
    stream.write(Buffer.alloc(sent));
    stream.end();
    bench.network.run();
    assert.equal(seen.failure?.code, 'BAD_FRAMING');
    assert.equal(bench.guard.last.isCancelled, true);
    assert.equal(bench.guard.last.trailers, null);
    assert.ok(bench.guard.last.bytes <= 5);
  }
  assert.equal(bench.peer.state.state, 'ready');
});

test('a request that cannot go over the interlink fails as not executed', () => {
  const bench = InterlinkBench.ready();
  const { seen } = bench.open({ headers: ['X', 'a\r\nb'] });
  assert.deepEqual([seen.failure?.code, seen.failure?.executed], ['BAD_HEADER', 'no']);
  const large = bench.open({ target: `/${'a'.repeat(40_000)}` });
  assert.deepEqual([large.seen.failure?.code, large.seen.failure?.executed], ['HEAD_TOO_LARGE', 'no']);
  assert.equal(bench.peer.state.state, 'ready');
});

test('STATUS tells the edge which cells to avoid: when it connects, on change, and not while it is away', () => {
  const bench = new InterlinkBench();
  bench.server.setUnhealthyCells(['RZ05A'] as CellId[]);
  bench.peer.start();
  bench.network.run();
  assert.deepEqual([...bench.peer.unhealthyCells], ['RZ05A']);
  bench.server.setUnhealthyCells(['RZ05A'] as CellId[]);
  bench.server.setUnhealthyCells(['RZ05A', 'CZSZA'] as CellId[]);
  bench.network.run();
  bench.server.setUnhealthyCells([]);
  bench.network.run();
  bench.server.setUnhealthyCells(['RZ05A'] as CellId[]);
  bench.network.run();
  bench.network.last.far.cut('gone');
  bench.network.last.near.cut('gone');
  assert.deepEqual(bench.cells, [['RZ05A'], ['RZ05A', 'CZSZA'], [], ['RZ05A'], []]);
});
