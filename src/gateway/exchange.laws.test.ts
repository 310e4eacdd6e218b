import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExchangeBench, STALE } from '../../test/support/exchange-bench.ts';
import type { HandExchange } from '../../test/support/hand-guard.ts';
import { threeCitiesTable } from '../../test/support/three-cities.ts';
import type { ShardColumns } from '../core/shard-columns.ts';
import type { Table } from '../core/table.ts';

/** Everything that a cell's side may do, in any order, right or wrong. */
const CELL_STEPS = {
  admitted: ({ events }: HandExchange) => events.admitted(),
  refused: ({ events }: HandExchange) => events.refused(STALE),
  moving: ({ events }: HandExchange) => events.refused({ ...STALE, code: 'SHARD_MOVING' }),
  overloaded: ({ events }: HandExchange) => events.refused({ ...STALE, code: 'OVERLOADED' }),
  informational: ({ events }: HandExchange) => events.informational(103, ['Link', '</a>']),
  head: ({ events }: HandExchange) => events.head(200, ['Content-Length', '4']),
  chunkedHead: ({ events }: HandExchange) => events.head(200, ['Transfer-Encoding', 'chunked']),
  switched: ({ events }: HandExchange) => events.head(101, []),
  badHead: ({ events }: HandExchange) => events.head(200, ['a b', 'c']),
  data: ({ events }: HandExchange) => events.data(new Uint8Array(2)),
  end: ({ events }: HandExchange) => events.end(['X-Sum', '1']),
  failedSafely: ({ events }: HandExchange) => events.failed({ code: 'CONNECT_FAILED', executed: 'no', detail: '' }),
  failed: ({ events }: HandExchange) => events.failed({ code: 'CELL_RESET', executed: 'unknown', detail: '' }),
  drain: ({ events }: HandExchange) => events.drain(),
} as const;
type CellStep = keyof typeof CELL_STEPS;

const FREE: Table = { ...threeCitiesTable(), shards: freeShards() };

const CLIENT_STEPS = [
  'write',
  'endBody',
  'resume',
  'abandon',
  'fail',
  'slow',
  'quick',
  'time',
  'turn',
  'old',
  'free',
] as const;
const anyCellStep = fc.constantFrom(...(Object.keys(CELL_STEPS) as CellStep[]));
const anyStep = fc.oneof(
  { weight: 3, arbitrary: anyCellStep },
  { weight: 2, arbitrary: fc.constantFrom(...CLIENT_STEPS) },
);
const anyStory = fc.record({
  body: fc.constantFrom('none' as const, 'chunked' as const, 4),
  upgrade: fc.constantFrom(null, null, 'websocket'),
  budget: fc.integer({ min: 0, max: 4 }),
  /** What each attempt says inside `open`. */
  inside: fc.array(fc.array(anyCellStep, { maxLength: 4 }), { maxLength: 4 }),
  steps: fc.array(anyStep, { maxLength: 25 }),
});

function freeShards(): ShardColumns {
  const shards = threeCitiesTable().shards.copy();
  shards.epoch.fill(Number.MAX_SAFE_INTEGER);
  return shards;
}

async function tell(bench: ExchangeBench, step: CellStep | (typeof CLIENT_STEPS)[number]): Promise<void> {
  const { exchange, client, guard, clock } = bench;
  switch (step) {
    case 'write':
      // A lane writes nothing before the body is asked for, or the protocol was changed.
      if (client.bodyTaken > 0 || client.answer?.status === 101) exchange.write(new Uint8Array(2));
      return;
    case 'endBody':
      exchange.endBody();
      return;
    case 'resume':
      exchange.resume();
      return;
    case 'abandon':
      exchange.abandon();
      return;
    case 'fail':
      exchange.fail('BAD_REQUEST', 'by hand');
      return;
    case 'slow':
    case 'quick':
      client.takesMore = step === 'quick';
      return;
    case 'time':
      await clock.advance(1000);
      return;
    case 'turn':
      await new Promise((resolve) => setImmediate(resolve));
      return;
    case 'free':
      // The shard is free at any epoch: whoever is held goes.
      bench.table = FREE;
      bench.holding.tableChanged();
      bench.table = null;
      return;
    case 'old': {
      const [first] = guard.exchanges;
      if (first !== undefined) CELL_STEPS.head(first);
      return;
    }
    default: {
      const last = guard.exchanges.at(-1);
      if (last !== undefined) CELL_STEPS[step](last);
    }
  }
}

test('whatever cell and client do in whatever order, the client gets one answer and the count is right', async () => {
  await fc.assert(
    fc.asyncProperty(anyStory, async ({ body, upgrade, budget, inside, steps }) => {
      const bench = new ExchangeBench({ body: upgrade === null ? body : 'none', upgrade, isSafe: false });
      bench.budget = budget;
      const { guard, client, ends } = bench;
      let attemptsWhenTaken = -1;
      client.onTakeBody = () => {
        attemptsWhenTaken = guard.exchanges.length;
      };
      guard.onOpen = (exchange) => {
        for (const step of inside[guard.exchanges.length - 1] ?? []) CELL_STEPS[step](exchange);
      };
      bench.start();
      for (const step of steps) await tell(bench, step);
      await tell(bench, 'turn');
      bench.exchange.abandon();
      await tell(bench, 'turn');

      assert.deepEqual(client.breaches, []);
      assert.equal(ends.length, 1, 'it is counted once');
      const [end] = ends;
      const isHalfClosed = client.answer?.status === 101;
      assert.ok(client.finals <= (isHalfClosed ? 2 : 1));
      assert.ok(guard.exchanges.length <= 3, 'at most two resends');
      assert.equal(end?.resends, guard.exchanges.length - 1);
      assert.ok(client.bodyTaken <= 1);
      if (attemptsWhenTaken !== -1)
        assert.equal(guard.exchanges.length, attemptsWhenTaken, 'sent again after its body was taken');
      for (const old of guard.exchanges.slice(0, -1))
        assert.equal(old.bytes, 0, 'an attempt that was given up has no body byte');
      // The client's and the count's stories are one.
      if (end?.code === null) assert.ok(client.trailers !== null && client.rejection === null);
      else if (client.rejection !== null) assert.equal(client.rejection.code, end?.code);
      else if (client.aborted !== null) assert.equal(client.aborted, end?.code);
      else assert.equal(end?.code, 'CLIENT_GONE');
      if (client.answer !== null && end?.code !== 'CLIENT_GONE') assert.equal(client.answer.status, end?.status);
      if (typeof client.answer?.framing === 'number' && end?.code === null)
        assert.equal(client.bytes, client.answer.framing);
      // Nothing is left running.
      assert.equal(bench.clock.timers, 0, 'a timer is left');
      assert.equal(bench.holding.size, 0, 'a place is taken by nobody');
    }),
    { numRuns: 3000 },
  );
});

test('a request that got no whole answer is cancelled at the cell, or was over there already', async () => {
  const anyWay = fc.array(
    fc.constantFrom('admitted', 'informational', 'head', 'data', 'drain', 'write', 'resume', 'slow', 'quick'),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(anyWay, fc.constantFrom('abandon', 'fail', 'badHead'), async (steps, ending) => {
      const bench = new ExchangeBench({ body: 'chunked' }).start();
      for (const step of steps as CellStep[]) await tell(bench, step);
      await tell(bench, ending as CellStep);
      if (bench.client.trailers === null) assert.equal(bench.sent.isCancelled, true);
    }),
    { numRuns: 300 },
  );
});
