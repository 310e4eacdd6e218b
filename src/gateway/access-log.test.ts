import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../test/support/hand-clock.ts';
import { accessLine } from './access-line.ts';
import { AccessLog } from './access-log.ts';
import type { ExchangeEnd } from './exchange-end.ts';

const facts = {
  lane: 'fast',
  requestId: 'A"B\\C',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  method: 'GET',
  host: 'shop.example',
  path: '/a"b',
  clientAddress: '10.0.0.1',
  isSecure: false,
} as const;

const REFUSED: ExchangeEnd = {
  facts,
  plan: null,
  decision: null,
  status: 400,
  code: 'BAD_REQUEST',
  detail: 'a “detail” with\nmore',
  resends: 0,
  requestBytes: 0,
  responseBytes: 12,
  heldMs: 0,
  totalMs: 1.23456,
  upstreamMs: null,
};
const ANSWERED = {
  ...REFUSED,
  plan: { ...facts, route: { name: 'orders' }, maskedUserId: '***07', shard: 7 },
  decision: { kind: 'forward', unit: { id: 'RZ01' }, cell: { id: 'RZ01A' }, dataCenter: { id: 'hz-a' }, epoch: 3 },
  status: 200,
  code: null,
  detail: '',
  upstreamMs: 0.5,
} as unknown as ExchangeEnd;

test('a line says what accessLine says, whatever characters are in it', () => {
  for (const end of [REFUSED, ANSWERED]) {
    const writes: Buffer[] = [];
    const clock = new HandClock();
    const log = new AccessLog({
      clock,
      base: { program: 'gateway', node: 'n"1' },
      write: (lines) => void writes.push(lines),
    });
    log.add(end);
    log.flush();
    const { level, time, program, node, msg, ...rest } = JSON.parse(Buffer.concat(writes).toString());
    assert.deepEqual([level, typeof time, program, node, msg], [30, 'number', 'gateway', 'n"1', 'request']);
    assert.deepEqual(rest, JSON.parse(JSON.stringify(accessLine(end))));
  }
});

test('lines are written together, by size and by time', async () => {
  const writes: Buffer[] = [];
  const clock = new HandClock();
  const log = new AccessLog({ clock, base: {}, write: (lines) => void writes.push(lines) });
  log.add(ANSWERED);
  log.add(ANSWERED);
  assert.equal(writes.length, 0);
  await clock.advance(200);
  assert.equal(writes.length, 1);
  assert.equal(writes[0]?.toString().split('\n').length, 3);
  for (let count = 0; count < 1_000; count += 1) log.add(ANSWERED);
  assert.ok(writes.length > 1);
});

test('a line that is longer than all that may wait is written behind those before it', () => {
  const writes: Buffer[] = [];
  const log = new AccessLog({ clock: new HandClock(), base: {}, write: (lines) => void writes.push(lines) });
  const long = { ...REFUSED, detail: '€'.repeat(40_000) };
  log.add(ANSWERED);
  log.add(long);
  log.add(ANSWERED);
  log.flush();
  const lines = Buffer.concat(writes).toString().trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).detail),
    [undefined, long.detail, undefined],
  );
});
