import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { workerMetrics } from '../src/app/workers/worker-metrics.ts';
import { accessLine } from '../src/gateway/access-line.ts';
import { cellMetrics } from '../src/gateway/cell-metrics.ts';
import { doorMetrics } from '../src/gateway/door-metrics.ts';
import type { ExchangeEnd } from '../src/gateway/exchange-end.ts';
import { guardMetrics } from '../src/gateway/guard/guard-metrics.ts';
import { holdMetrics } from '../src/gateway/holding/hold-metrics.ts';
import { interlinkMetrics } from '../src/gateway/interlink-metrics.ts';
import { GatewayMetrics } from '../src/gateway/metrics.ts';

const text = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');

/** The rows of a chapter as lists of cells, code marks and the dash for "none" left out. */
function rowsOf(chapter: string): string[][] {
  const from = text.indexOf(`\n## ${chapter}\n`);
  assert.notEqual(from, -1, `there is a chapter ${chapter}`);
  const body = text.slice(from + 1, text.indexOf('\n## ', from + 1));
  const rows = body.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('`', '').replace('–', '').trim()),
  );
}

const words = (list: string): string[] => list.split(', ').filter((word) => word !== '');

/** prom-client keeps the labels that a metric was declared with under this name. */
interface Declared {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

test('docs/operations.md has every metric of /metrics with its type and labels, and no other', async () => {
  const { registry } = new GatewayMetrics();
  cellMetrics(registry, () => []);
  doorMetrics(registry);
  interlinkMetrics(registry, () => undefined);
  guardMetrics(registry, () => ({ leftMs: 0, writesInFlight: 0, upgrades: 0 }));
  holdMetrics(registry, () => ({ size: 0, longestMs: 0 }));
  workerMetrics(registry, () => ({ serving: 0, draining: 0, waiting: 0 }));
  assert.ok(registry instanceof Registry);
  const types = new Map((await registry.getMetricsAsJSON()).map(({ name, type }) => [name, String(type)]));
  const exposed = (registry.getMetricsAsArray() as unknown as Declared[]).map(({ name, labelNames }) => [
    name,
    { type: types.get(name), labels: [...labelNames].sort() },
  ]);
  const documented = rowsOf('Metrics').map(([name, type, labels = '']) => [
    name,
    { type, labels: words(labels).sort() },
  ]);
  assert.equal(new Map(documented as [string, unknown][]).size, documented.length, 'one row for each metric');
  assert.deepEqual(Object.fromEntries(documented), Object.fromEntries(exposed));
});

test('docs/operations.md has every field of the access log, and no other', () => {
  const facts = { requestId: '', traceId: '', clientAddress: '', method: '', host: '', path: '', lane: 'general' };
  const nothing = { plan: null, decision: null, code: null, detail: '', upstreamMs: null };
  const counts = { status: 200, resends: 0, requestBytes: 0, responseBytes: 0, totalMs: 0 };
  const line = accessLine({ facts, ...nothing, ...counts } as unknown as ExchangeEnd);
  const documented = rowsOf('Access log').flatMap(([fields = '']) => words(fields));
  assert.deepEqual(documented.sort(), Object.keys(line).sort());
});
