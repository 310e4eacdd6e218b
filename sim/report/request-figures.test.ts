import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { request, writes } from './record.fixture.ts';
import { latency, longestPause, recoveredMs, requestFigures } from './request-figures.ts';

test('a pause lasts from one good answer to a write to the next', () => {
  assert.equal(longestPause(writes([0, 100, 200, 1_200, 1_300])), 1_000);
});

test('a held write ends the pause when it is answered, not when it was sent', () => {
  const held = request({ atMs: 200, latencyMs: 2_000, outcome: 'held' });
  assert.equal(longestPause([...writes([0, 100]), held, ...writes([2_250])]), 2_200 - 110);
});

test('a pause is told with the moment at which it began, and shown there', () => {
  const { pauseMs, pauseFromMs } = requestFigures(writes([0, 100, 900, 1_000]));
  assert.deepEqual([pauseFromMs, pauseMs], [110, 800]);
  assert.equal(requestFigures([]).pauseFromMs, null);
});

test('failed writes and reads end no pause', () => {
  const between = [request({ atMs: 500, outcome: 'failed' }), request({ atMs: 600, isWrite: false })];
  assert.equal(longestPause([...writes([0]), ...between, ...writes([1_000])]), 1_000);
});

test('a pause that never ends lasts as long as writes are sent', () => {
  assert.equal(longestPause([...writes([0]), ...writes([100, 5_000], { outcome: 'failed' })]), 5_000 - 10);
  assert.equal(longestPause(writes([0, 5_000], { outcome: 'failed' })), 5_000);
  assert.equal(longestPause([request({ atMs: 0, isWrite: false })]), null);
});

test('recovered is the first good answer after which no write failed', () => {
  const samples = [
    ...writes([0, 1_000]),
    ...writes([2_000], { outcome: 'failed' }),
    ...writes([2_100]),
    ...writes([3_000], { outcome: 'failed' }),
    ...writes([3_500, 3_600]),
  ];
  assert.equal(recoveredMs(samples, 1_500), 3_510 - 1_500);
  assert.equal(recoveredMs(samples, 3_400), 0);
  assert.equal(recoveredMs(samples.slice(0, 5), 1_500), null);
});

test('percentiles are by nearest rank, of what was answered well', () => {
  const samples = [10, 20, 30, 40].map((latencyMs) => request({ atMs: 0, latencyMs }));
  const failed = request({ atMs: 0, latencyMs: 9_999, outcome: 'failed' });
  assert.deepEqual([latency([...samples, failed], 50), latency([...samples, failed], 99)], [20, 40]);
  assert.equal(latency([failed], 50), null);
});

test('every request is served, held or failed', () => {
  const outcome = fc.constantFrom('served' as const, 'held' as const, 'failed' as const);
  const some = fc.array(fc.record({ atMs: fc.nat(10_000), latencyMs: fc.nat(5_000), outcome, isWrite: fc.boolean() }));
  fc.assert(
    fc.property(some, (given) => {
      const figures = requestFigures(given.map(request));
      assert.equal(figures.served + figures.held + figures.failed, given.length);
      assert.equal(figures.sent, given.length);
      assert.ok((figures.pauseMs ?? 0) >= 0 && (figures.p50Ms ?? 0) <= (figures.p99Ms ?? 0));
    }),
  );
});
