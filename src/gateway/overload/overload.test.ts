import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { overloadBench } from '../../../test/support/overload-bench.ts';
import type { RawClient } from '../../../test/support/raw-client.ts';
import { CELL_OK, type RecordedRequest } from '../../../test/support/recording-cell.ts';

const LONG = { queueMs: 60_000, queueBusyMs: 60_000 };
/** More than the system keeps for both connections of an answer that nobody takes. */
const LARGE_BYTES = 64 * 1024 * 1024;
const GET = 'GET /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n';

async function errorOf(client: RawClient): Promise<string> {
  const [answer] = await client.answers(1);
  assert.equal(answer?.status, 503);
  assert.match(answer.head, /\r\nretry-after: 1\r\n/i);
  const { error } = JSON.parse(answer.body) as { error: { code: string; message: string; detail: string } };
  assert.deepEqual([error.code, error.message], ['OVERLOADED', 'a concurrency limit is reached']);
  return error.detail;
}

const okOf = async (client: RawClient): Promise<void> => assert.equal((await client.answers(1))[0]?.body, 'ok');

for (const isFast of [true, false]) {
  const name = isFast ? 'fast' : 'general';
  describe(`a full cell, on the ${name} lane`, () => {
    test('sheds the least important first, tells them when to come again, and serves the most important first', async (t) => {
      const { cell, ask, waiting, shed, ends, pool } = await overloadBench(t, {
        isFast,
        maxConcurrent: 2,
        cells: { queueMaxRequests: 3, ...LONG },
      });
      const held: RecordedRequest[] = [];
      cell.answer = (request) => void held.push(request);
      const served = [await ask('/one'), await ask('/two')];
      await eventually('two at the cell', () => held.length === 2);
      const reports: RawClient[] = [];
      for (let count = 1; count <= 3; count++) {
        reports.push(await ask('/report/x'));
        await waiting(count);
      }
      const plain = await ask('/plain');
      assert.match(
        await errorOf(reports[2] as RawClient),
        /cell RZ01A: 2 requests in flight \(maxConcurrent 2\).*higher priority/,
      );
      const pay = await ask('/pay/x');
      assert.match(await errorOf(reports[1] as RawClient), /3 waiting \(cells\.queueMaxRequests\)/);
      assert.match(await errorOf(await ask('/report/y')), /none of lower priority than 9/);
      assert.deepEqual(shed, ['9 outranked', '9 outranked', '9 full']);
      cell.answer = CELL_OK;
      held[0]?.socket.write(CELL_OK);
      for (const client of [pay, plain, reports[0] as RawClient]) await okOf(client);
      held[1]?.socket.write(CELL_OK);
      for (const client of served) await okOf(client);
      const order = cell.requests.map(({ target }) => target).filter((target) => target !== '/probe');
      assert.deepEqual(order, ['/one', '/two', '/pay/x', '/plain', '/report/x']);
      // Nobody sent what was shed once more, although the budget would have let them.
      assert.deepEqual(
        ends.filter(({ resends }) => resends > 0),
        [],
      );
      await eventually('all places are free', () => pool.status()[0]?.inFlight === 0);
    });

    test('sheds who waited for as long as they may', async (t) => {
      const { cell, ask, shed } = await overloadBench(t, {
        isFast,
        maxConcurrent: 1,
        cells: { queueMs: 50, queueBusyMs: 50 },
      });
      const held: RecordedRequest[] = [];
      cell.answer = (request) => void held.push(request);
      const first = await ask('/one');
      await eventually('at the cell', () => held.length === 1);
      assert.match(await errorOf(await ask('/late')), /no place within \d+ ms \(cells\.queueMs 50/);
      assert.deepEqual(shed, ['5 late']);
      held[0]?.socket.write(CELL_OK);
      await okOf(first);
    });

    test('takes the place away from who sends slowly, and serves who waits for it', async (t) => {
      const cells = { ...LONG, slowSenderMs: 300 };
      const { cell, ask, connect } = await overloadBench(t, { isFast, maxConcurrent: 1, cells });
      const sender = await connect();
      sender.send('POST /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nContent-Length: 9\r\n\r\na');
      await eventually('it is at the cell', () => cell.streams.some((text) => text.endsWith('\r\n\r\na')));
      await okOf(await ask('/pay/1'));
      const [answer] = await sender.answers(1);
      assert.equal(answer?.status, 408);
      assert.match(answer.body, /BODY_TIMEOUT.*1 bytes sent of the body.*cells\.slowSenderMs 300.*wait for a place/);
    });

    test('takes the place away from who takes slowly, and serves who waits for it', async (t) => {
      const cells = { ...LONG, slowTakerMs: 300 };
      const { cell, ask, connect, ends } = await overloadBench(t, { isFast, maxConcurrent: 1, cells });
      const large = Buffer.alloc(LARGE_BYTES, 'x');
      cell.answer = ({ socket }) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n`);
        socket.write(large);
      };
      const taker = await connect();
      taker.socket.pause();
      taker.send(GET);
      await eventually('it is at the cell', () => cell.requests.some(({ target }) => target === '/x'));
      cell.answer = CELL_OK;
      await okOf(await ask('/pay/1'));
      const fates = ends.map(({ facts, status, code }) => `${facts.path} ${status} ${code}`);
      assert.deepEqual(fates, ['/x 200 CLIENT_STALLED', '/pay/1 200 null']);
    });

    test('gives half of its places to those who send no body, and serves all others meanwhile', async (t) => {
      const { cell, ask, connect, waiting, pool } = await overloadBench(t, { isFast, maxConcurrent: 2, cells: LONG });
      const post = async (target: string): Promise<RawClient> => {
        const client = await connect();
        client.send(`POST ${target} HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nContent-Length: 2\r\n\r\na`);
        return client;
      };
      const first = await post('/first');
      await eventually('it is at the cell', () => pool.status()[0]?.inFlight === 1);
      const second = await post('/second');
      await waiting(1);
      await okOf(await ask('/plain'));
      second.send('b');
      await okOf(second);
      assert.deepEqual(
        cell.requests.map(({ target }) => target).filter((target) => target !== '/probe'),
        ['/plain', '/second'],
      );
      first.send('b');
      await okOf(first);
    });

    test('lets a large body flow on as soon as enough of it is there, although half of the places wait for bodies', async (t) => {
      // Its connection is there already: the body goes out while the client's piece is still being handed over.
      const { cell, ask, connect, pool } = await overloadBench(t, { isFast, maxConcurrent: 2, cells: LONG });
      for (const client of [await ask('/one'), await ask('/two')]) await okOf(client);
      const slow = await connect();
      slow.send('POST /slow HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nContent-Length: 2\r\n\r\na');
      await eventually('it is at the cell', () => pool.status()[0]?.inFlight === 1);
      const client = await connect();
      const length = 1024 * 1024;
      client.send(
        `POST /large HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(20_000)}`,
      );
      await eventually('it is at the cell, too', () => pool.status()[0]?.inFlight === 2);
      client.send('x'.repeat(length - 20_000));
      await okOf(client);
      assert.ok((cell.requests.at(-1)?.text.length ?? 0) > length);
    });

    test('forgets who left', async (t) => {
      const { cell, ask, waiting, shed } = await overloadBench(t, { isFast, maxConcurrent: 1, cells: LONG });
      const held: RecordedRequest[] = [];
      cell.answer = (request) => void held.push(request);
      const first = await ask('/one');
      await eventually('at the cell', () => held.length === 1);
      const leaver = await ask('/leaves');
      await waiting(1);
      leaver.close();
      await waiting(0);
      assert.deepEqual(shed, []);
      held[0]?.socket.write(CELL_OK);
      await okOf(first);
    });
  });
}

const withoutIds = (head: string): string =>
  head
    .toLowerCase()
    .split('\r\n')
    .filter((line) => !/^(date|ldc-request-id|x-request-id|connection|keep-alive):/.test(line))
    .sort()
    .join('\n');

/** What two requests of one connection get from a full cell; afterwards the connection serves as before. */
async function shedAnswers(test: TestContext, isFast: boolean): Promise<string> {
  const cells = { queueMaxRequests: 1, ...LONG };
  const { cell, ask, waiting, connect } = await overloadBench(test, { isFast, maxConcurrent: 1, cells });
  const held: RecordedRequest[] = [];
  cell.answer = (request) => void held.push(request);
  const first = await ask('/one');
  await eventually('at the cell', () => held.length === 1);
  const pay = await ask('/pay/1');
  await waiting(1);
  const client = await connect();
  client.send(GET.repeat(2));
  const answers = await client.answers(2);
  cell.answer = CELL_OK;
  held[0]?.socket.write(CELL_OK);
  for (const served of [first, pay]) await okOf(served);
  client.send(GET);
  assert.equal((await client.answers(3))[2]?.status, 200);
  return answers.map(({ status, head, body }) => `${status} ${withoutIds(head)} ${body}`).join('\n');
}

test('both lanes say the same to what they shed, on connections that go on', async (t) => {
  const fast = await shedAnswers(t, true);
  assert.match(fast, /^503 /);
  assert.equal(fast, await shedAnswers(t, false));
});
