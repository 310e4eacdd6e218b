import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ExchangeBench, HOLD, LIMITS, STALE } from '../../test/support/exchange-bench.ts';
import type { HandExchange } from '../../test/support/hand-guard.ts';
import { route } from '../../test/support/three-cities.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';

const OK = ['Content-Length', '2'];
const bytes = (length: number): Uint8Array => new Uint8Array(length);
const failure = (code: ErrorCode, executed: 'no' | 'unknown') => ({ code, executed, detail: 'by hand' }) as const;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('an answer', () => {
  test('goes to the client as it comes, with our headers and without those of the hop', () => {
    const { client, sent, ...bench } = withSent(new ExchangeBench().start());
    sent.events.admitted();
    sent.events.informational(103, ['Link', '</a>']);
    sent.events.head(200, ['A', '1', 'Connection', 'B', 'B', '2', 'ldc-unit', 'x', ...OK]);
    sent.events.data(bytes(2));
    sent.events.end([]);
    assert.deepEqual(client.answer, {
      status: 200,
      headers: ['A', '1', 'x-own', '1'],
      framing: 2,
      declaredLength: null,
    });
    assert.deepEqual(client.informationals, [103]);
    assert.deepEqual([client.bytes, client.trailers, client.breaches], [2, [], []]);
    assert.equal(bench.bench.outcome, '200 answered');
    assert.equal(bench.bench.clock.timers, 0);
  });

  test('that breaks a rule, or the length that it announced, never ends as if it were whole', () => {
    const cases: readonly (readonly [claim: string, run: (sent: HandExchange) => void, outcome: string])[] = [
      [
        'a bad head',
        ({ events }) => events.head(200, ['Content-Length', '1', 'Content-Length', '2']),
        '502 BAD_RESPONSE',
      ],
      ['101 unasked', ({ events }) => events.head(101, []), '502 BAD_RESPONSE'],
      ['too many bytes', ({ events }) => [events.head(200, OK), events.data(bytes(3))], '200 BAD_RESPONSE'],
      [
        'too few bytes',
        ({ events }) => [events.head(200, OK), events.data(bytes(1)), events.end([])],
        '200 BAD_RESPONSE',
      ],
      ['a body of 204', ({ events }) => [events.head(204, []), events.data(bytes(1))], '204 BAD_RESPONSE'],
      ['a second head', ({ events }) => [events.head(200, OK), events.head(200, OK)], '200 BAD_RESPONSE'],
      ['a body before its head', ({ events }) => events.data(bytes(1)), '502 BAD_RESPONSE'],
      ['an end before its head', ({ events }) => events.end([]), '502 BAD_RESPONSE'],
      [
        'a failure in the middle',
        ({ events }) => [events.head(200, OK), events.failed(failure('CELL_RESET', 'unknown'))],
        '200 CELL_RESET',
      ],
    ];
    for (const [claim, run, outcome] of cases) {
      const bench = new ExchangeBench().start();
      run(bench.sent);
      assert.equal(bench.outcome, outcome, claim);
      assert.equal(bench.client.trailers, null, claim);
      assert.equal(bench.client.finals, 1, claim);
      assert.deepEqual(bench.client.breaches, [], claim);
    }
  });

  test('that is complete inside `open` is passed on', () => {
    const bench = new ExchangeBench();
    bench.guard.onOpen = ({ events }) => {
      events.admitted();
      events.head(200, OK);
      events.data(bytes(2));
      events.end([]);
    };
    bench.start();
    assert.equal(bench.outcome, '200 answered');
  });

  test('pauses the cell while the client takes nothing, also from inside `open`, and goes on when it does', () => {
    const bench = new ExchangeBench();
    bench.client.takesMore = false;
    bench.guard.onOpen = ({ events }) => {
      events.head(200, []);
      events.data(bytes(2));
    };
    bench.start();
    assert.equal(bench.sent.isPaused, true);
    bench.exchange.resume();
    assert.equal(bench.sent.isPaused, false);
    bench.sent.events.data(bytes(2));
    assert.equal(bench.sent.isPaused, true);
  });

  test('that the client does not take is given up after the idle time of bodies, and not before', async () => {
    const bench = new ExchangeBench().start();
    bench.client.takesMore = false;
    bench.sent.events.head(200, []);
    bench.sent.events.data(bytes(2));
    await bench.clock.advance(LIMITS.bodyIdleMs - 1);
    bench.exchange.resume();
    bench.sent.events.data(bytes(2));
    await bench.clock.advance(LIMITS.bodyIdleMs - 1);
    assert.equal(bench.outcome, '');
    await bench.clock.advance(1);
    assert.equal(bench.outcome, '200 CLIENT_STALLED');
    assert.equal(bench.sent.isCancelled, true);
    assert.equal(bench.client.aborted, 'CLIENT_STALLED');
  });

  test('that the client’s side cannot take is a bug that costs this request alone', () => {
    const bench = new ExchangeBench().start();
    bench.client.head = () => {
      throw new TypeError('a header that node refuses');
    };
    bench.sent.events.head(200, OK);
    assert.equal(bench.outcome, '200 INTERNAL');
    assert.equal(bench.client.aborted, 'INTERNAL');
    assert.equal(bench.sent.isCancelled, true);
    assert.match(bench.ends[0]?.detail ?? '', /TypeError: a header that node refuses/);
  });
});

describe('a request’s body', () => {
  test('is taken when the guard admitted, once, and goes to the cell with its back-pressure', () => {
    const bench = new ExchangeBench({ body: 'chunked' }).start();
    assert.equal(bench.client.bodyTaken, 0);
    bench.sent.events.admitted();
    bench.sent.events.admitted();
    assert.equal(bench.client.bodyTaken, 1);
    assert.equal(bench.exchange.write(bytes(5)), true);
    bench.sent.takesMore = false;
    assert.equal(bench.exchange.write(bytes(5)), false);
    bench.sent.events.drain();
    assert.equal(bench.client.drains, 1);
    bench.exchange.endBody(['X-Sum', '1', 'ldc-shard', '3']);
    assert.equal(bench.sent.bytes, 10);
    assert.deepEqual(bench.sent.trailers, ['X-Sum', '1']);
  });

  test('is taken only when the stream is known, if the guard admits inside `open`', () => {
    const bench = new ExchangeBench({ body: 'chunked' });
    bench.guard.onOpen = ({ events }) => events.admitted();
    bench.client.onTakeBody = () => void bench.exchange.write(bytes(3));
    bench.start();
    assert.deepEqual([bench.client.bodyTaken, bench.sent.bytes], [1, 3]);
  });

  test('over the route’s limit ends the request with 413 at the first byte too many', () => {
    const bench = new ExchangeBench({ body: 'chunked' }).start();
    bench.sent.events.admitted();
    bench.exchange.write(bytes(100));
    assert.equal(bench.outcome, '');
    bench.exchange.write(bytes(1));
    assert.equal(bench.outcome, '413 BODY_TOO_LARGE');
    assert.deepEqual([bench.sent.bytes, bench.sent.isCancelled], [100, true]);
    assert.match(bench.client.rejection?.detail ?? '', /more than 100 bytes \(limits.bodyBytes of route users\)/);
    assert.equal(bench.exchange.write(bytes(9)), true);
    bench.exchange.endBody();
    assert.equal(bench.sent.bytes, 100);
  });

  test('is no concern of a request without one, nor of an upgrade', () => {
    for (const part of [{}, { upgrade: 'websocket' }, { upgrade: 'websocket', body: 0 }]) {
      const bench = new ExchangeBench(part).start();
      bench.sent.events.admitted();
      assert.equal(bench.client.bodyTaken, 0);
    }
  });

  test('that breaks a rule ends the request with its code, and the cell’s', () => {
    const bench = new ExchangeBench({ body: 'chunked' }).start();
    bench.sent.events.admitted();
    bench.exchange.fail('BAD_REQUEST', 'a chunk without a size');
    assert.equal(bench.outcome, '400 BAD_REQUEST');
    assert.equal(bench.sent.isCancelled, true);
  });
});

describe('a request is sent again', () => {
  test('after a refusal, when the newer table is there, at most twice', async () => {
    const bench = new ExchangeBench().start();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      assert.equal(bench.guard.exchanges.length, attempt);
      bench.sent.events.refused(STALE);
      await turn();
    }
    assert.equal(bench.guard.exchanges.length, 3);
    assert.equal(bench.outcome, '503 STALE_EPOCH');
    assert.deepEqual([bench.catchUps, bench.ends[0]?.resends], [2, 2]);
  });

  // An edge that the store did not answer waited for it, two seconds each time, although the guard had named the owner.
  test('to the owner that the guard named, soon, if the store does not answer', async () => {
    const bench = new ExchangeBench().start();
    bench.catchingUp = new Promise(() => undefined);
    bench.isLearnt = true;
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      assert.equal(bench.guard.exchanges.length, attempt);
      bench.sent.events.refused(STALE);
      await bench.clock.advance(100);
    }
    assert.equal(bench.guard.exchanges.length, 3);
    assert.deepEqual([bench.outcome, bench.clock.timers], ['503 STALE_EPOCH', 0]);
  });

  test('by the newer table, not by what a guard said of it, if the store answers', async () => {
    const bench = new ExchangeBench().start();
    bench.isLearnt = true;
    bench.sent.events.refused(STALE);
    assert.equal(bench.guard.exchanges.length, 1);
    await turn();
    assert.deepEqual([bench.guard.exchanges.length, bench.catchUps], [2, 1]);
    bench.exchange.abandon();
    assert.equal(bench.clock.timers, 0);
  });

  test('after a failure that provably was none, within the budget and at most twice', () => {
    const bench = new ExchangeBench().start();
    bench.sent.events.failed(failure('INTERLINK_DOWN', 'no'));
    bench.sent.events.failed(failure('INTERLINK_DOWN', 'no'));
    bench.sent.events.failed(failure('INTERLINK_DOWN', 'no'));
    assert.equal(bench.guard.exchanges.length, 3);
    assert.equal(bench.outcome, '502 INTERLINK_DOWN');
    const poor = new ExchangeBench();
    poor.budget = 0;
    poor.start().sent.events.failed(failure('INTERLINK_DOWN', 'no'));
    assert.equal(poor.guard.exchanges.length, 1);
  });

  test('and held if the newer table says that its shard is moving', async () => {
    const bench = new ExchangeBench().start();
    bench.decision = HOLD;
    bench.sent.events.refused(STALE);
    await turn();
    assert.deepEqual([bench.outcome, bench.holding.size], ['', 1]);
    const { maxMs } = bench.exchange.plan.route.hold;
    await bench.clock.advance(maxMs - 1);
    assert.equal(bench.outcome, '');
    await bench.clock.advance(1);
    assert.equal(bench.outcome, '503 SHARD_MOVING');
    assert.deepEqual([bench.ends[0]?.decision?.kind, bench.ends[0]?.heldMs], ['hold', maxMs]);
  });

  test('and told that it was not executed if its whole time passes while it is held', async () => {
    const timeouts = { ...LIMITS, requestMs: 500 };
    const bench = new ExchangeBench({ route: route({ timeouts }) });
    bench.decision = HOLD;
    bench.start();
    await bench.clock.advance(500);
    assert.deepEqual([bench.outcome, bench.holding.size, bench.clock.timers], ['503 SHARD_MOVING', 0, 0]);
  });

  test('and held, although this edge sees nothing new, when the guard says that its shard is moving', async () => {
    const bench = new ExchangeBench().start();
    bench.sent.events.refused({ ...STALE, code: 'SHARD_MOVING' });
    await turn();
    assert.deepEqual([bench.outcome, bench.holding.size, bench.guard.exchanges.length], ['', 1, 1]);
    bench.exchange.abandon();
    assert.deepEqual([bench.outcome, bench.holding.size], ['499 CLIENT_GONE', 0]);
  });

  test('never after a failure that may have been executed, after a body was taken, or when its client left', async () => {
    const unknown = new ExchangeBench().start();
    unknown.sent.events.failed(failure('CELL_RESET', 'unknown'));
    assert.deepEqual([unknown.guard.exchanges.length, unknown.outcome], [1, '502 CELL_RESET']);
    const taken = new ExchangeBench({ body: 3 }).start();
    taken.sent.events.admitted();
    taken.sent.events.failed(failure('CONNECT_FAILED', 'no'));
    assert.deepEqual([taken.guard.exchanges.length, taken.outcome], [1, '502 CONNECT_FAILED']);
    const left = new ExchangeBench().start();
    left.sent.events.refused(STALE);
    left.exchange.abandon();
    await turn();
    assert.deepEqual([left.guard.exchanges.length, left.outcome], [1, '499 CLIENT_GONE']);
  });

  test('never when the refusal says that it makes no sense, nor when a full cell has shed it', async () => {
    for (const code of ['METHOD_NOT_ALLOWED', 'OVERLOADED'] as const) {
      const bench = new ExchangeBench().start();
      bench.sent.events.refused({ ...STALE, code });
      await turn();
      assert.deepEqual([bench.guard.exchanges.length, bench.outcome], [1, `${ERRORS[code].status} ${code}`]);
    }
    const full = new ExchangeBench().start();
    full.sent.events.failed(failure('OVERLOADED', 'no'));
    assert.deepEqual([full.guard.exchanges.length, full.outcome], [1, '503 OVERLOADED']);
  });

  test('with nothing left of the attempt before: its late events are not heard', async () => {
    const bench = new ExchangeBench().start();
    const late = bench.sent;
    late.events.refused(STALE);
    late.events.refused(STALE);
    late.events.head(200, OK);
    await turn();
    late.events.head(200, OK);
    late.events.failed(failure('CELL_RESET', 'unknown'));
    assert.equal(bench.guard.exchanges.length, 2);
    assert.equal(bench.client.answer, null);
    bench.sent.events.head(200, OK);
    bench.sent.events.data(bytes(2));
    bench.sent.events.end([]);
    assert.equal(bench.outcome, '200 answered');
  });
});

describe('the end', () => {
  test('comes after the request’s time, at the cell too; upgrades have no such time', async () => {
    const bench = new ExchangeBench().start();
    await bench.clock.advance(LIMITS.requestMs);
    assert.equal(bench.outcome, '504 REQUEST_TIMEOUT');
    assert.equal(bench.sent.isCancelled, true);
    const upgrade = new ExchangeBench({ upgrade: 'websocket' }).start();
    upgrade.sent.events.head(101, []);
    await upgrade.clock.advance(LIMITS.requestMs * 100);
    assert.equal(upgrade.outcome, '');
  });

  test('cancels the cell’s request when the client leaves, in each phase', () => {
    const phases: readonly ((bench: ExchangeBench) => void)[] = [
      () => undefined,
      ({ sent }) => sent.events.admitted(),
      ({ sent, exchange }) => [sent.events.admitted(), exchange.write(bytes(1))],
      ({ sent }) => sent.events.informational(103, []),
      ({ sent }) => sent.events.head(200, []),
      ({ sent }) => [sent.events.head(200, []), sent.events.data(bytes(2))],
    ];
    for (const phase of phases) {
      const bench = new ExchangeBench({ body: 'chunked' }).start();
      phase(bench);
      bench.exchange.abandon();
      bench.exchange.abandon();
      assert.equal(bench.sent.isCancelled, true);
      assert.equal(bench.outcome, '499 CLIENT_GONE');
      assert.equal(bench.client.finals, 0);
      assert.equal(bench.clock.timers, 0);
    }
  });

  test('of an upgrade comes when both directions are over', () => {
    const cellFirst = new ExchangeBench({ upgrade: 'websocket' }).start();
    cellFirst.sent.events.head(101, []);
    cellFirst.sent.events.end([]);
    assert.deepEqual([cellFirst.outcome, cellFirst.client.trailers], ['', []]);
    assert.equal(cellFirst.exchange.write(bytes(3)), true);
    cellFirst.exchange.endBody();
    assert.deepEqual([cellFirst.sent.bytes, cellFirst.sent.trailers, cellFirst.outcome], [3, [], '101 answered']);
    const clientFirst = new ExchangeBench({ upgrade: 'websocket' }).start();
    clientFirst.sent.events.head(101, []);
    clientFirst.exchange.endBody();
    clientFirst.sent.events.data(bytes(1));
    assert.equal(clientFirst.outcome, '');
    clientFirst.sent.events.end([]);
    assert.equal(clientFirst.outcome, '101 answered');
  });

  test('of an upgrade whose client does not end its side comes by time', async () => {
    const bench = new ExchangeBench({ upgrade: 'websocket' }).start();
    bench.sent.events.head(101, []);
    bench.sent.events.end([]);
    await bench.clock.advance(LIMITS.bodyIdleMs);
    assert.equal(bench.outcome, '101 CLIENT_STALLED');
    assert.deepEqual([bench.sent.isCancelled, bench.client.aborted], [true, 'CLIENT_STALLED']);
  });

  test('is told with what was carried and how long it took', async () => {
    const bench = new ExchangeBench({ body: 'chunked' }).start();
    bench.sent.events.admitted();
    bench.exchange.write(bytes(5));
    await bench.clock.advance(40);
    bench.sent.events.head(200, OK);
    await bench.clock.advance(2);
    bench.sent.events.data(bytes(2));
    bench.sent.events.end([]);
    const [end] = bench.ends;
    assert.deepEqual([end?.requestBytes, end?.responseBytes, end?.upstreamMs, end?.totalMs], [5, 2, 40, 42]);
    assert.equal(bench.ends.length, 1);
  });
});

function withSent(bench: ExchangeBench): { bench: ExchangeBench; client: ExchangeBench['client']; sent: HandExchange } {
  return { bench, client: bench.client, sent: bench.sent };
}
