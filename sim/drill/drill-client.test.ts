import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Try } from './doors.ts';
import { type ClientEnd, clientRequest } from './drill-client.ts';

const habits = { timeoutMs: 1_000, retries: 3, retryMs: 200 };
const call = { method: 'POST', path: '/ledger/entries', headers: {}, body: '{}' } as const;
const silent: Try = { kind: 'none', detail: 'ECONNREFUSED' };

function answer(status: number, code = '', retryAfterMs: number | null = null): Try {
  return { kind: 'answer', status, body: `{"error":{"code":"${code}"}}`, requestId: `r${status}`, retryAfterMs };
}

async function ask(tries: readonly Try[]): Promise<{ end: ClientEnd; doors: string[]; waits: number[] }> {
  const [doors, waits, left]: [string[], number[], Try[]] = [[], [], [...tries]];
  const end = await clientRequest(
    { doors: ['a', 'b'], call },
    {
      habits,
      call: async ({ dataCenter }) => {
        doors.push(dataCenter);
        return left.shift() ?? answer(500);
      },
      wait: async (ms) => void waits.push(ms),
    },
  );
  return { end, doors, waits };
}

test('a silent door is left for the next one', async () => {
  const { end, doors } = await ask([silent, answer(201)]);
  assert.deepEqual([end.isGood, end.dataCenter, end.retries, doors], [true, 'b', 1, ['a', 'b']]);
});

test('a door that asks for patience is asked again, no later than the client’s habit', async () => {
  const { doors, waits } = await ask([answer(503, 'STORE_LOST', 50), answer(504, 'X', 9_000), answer(200)]);
  assert.deepEqual(
    [doors, waits],
    [
      ['a', 'a', 'a'],
      [50, 200],
    ],
  );
});

test('after the last try the request has failed, and says why', async () => {
  const { end, doors } = await ask([silent, silent, silent, answer(503, 'NO_HEALTHY_CELL')]);
  assert.deepEqual([end.isGood, end.detail, end.retries], [false, '503 NO_HEALTHY_CELL', 3]);
  assert.deepEqual(doors, ['a', 'b', 'a', 'b']);
});

test('what the client did wrong is not repeated', async () => {
  const { end, doors } = await ask([answer(409, 'AMOUNT_DIFFERS')]);
  assert.deepEqual([end.isGood, end.detail, doors.length], [false, '409 AMOUNT_DIFFERS', 1]);
});

test('the IDs of all answered tries are kept', async () => {
  const { end } = await ask([answer(503), silent, answer(201)]);
  assert.deepEqual(end.requestIds, ['r503', 'r201']);
});
