import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { DurationMetric } from '../duration-metric.ts';
import { guardMetrics } from '../guard/guard-metrics.ts';
import { MetricSum, type MetricsJson } from './metric-sum.ts';

/** A process's metrics: guard reads (a counter), its horizon and writes in flight (gauges), durations. */
async function metricsOf(reads: number, leftMs: number, writesInFlight: number): Promise<MetricsJson> {
  const registry = new Registry();
  const count = guardMetrics(registry, () => ({ leftMs, writesInFlight, upgrades: 0 }));
  const parts = { registry, name: 'duration_seconds', help: 'h', labelNames: ['route'], buckets: [1, 2] } as const;
  const duration = new DurationMetric(parts);
  for (let n = 0; n < reads; n += 1) {
    count({ kind: 'renewed', detail: '', isFirst: false });
    duration.observe(1.5, 'users');
  }
  // As it comes out of the channel.
  return JSON.parse(JSON.stringify(await registry.getMetricsAsJSON())) as MetricsJson;
}

async function valuesOf(sum: MetricSum, own: MetricsJson, answered: readonly number[]): Promise<Map<string, number>> {
  const text = await sum.sum(own, new Set(answered)).metrics();
  const rows = text.split('\n').filter((line) => /^[^#]/.test(line));
  return new Map(
    rows.map((row): [string, number] => [row.slice(0, row.lastIndexOf(' ')), Number(row.split(' ').at(-1))]),
  );
}

const READS = 'ldc_gateway_guard_reads_total{result="renewed"}';
const COUNT = 'duration_seconds_count{route="users"}';

test('counters and histograms are sums, the horizon is the shortest one', async () => {
  const sum = new MetricSum();
  sum.said(1, await metricsOf(2, 2_000, 1));
  sum.said(2, await metricsOf(3, 1_000, 4));
  const values = await valuesOf(sum, await metricsOf(1, 3_000, 0), [1, 2]);
  assert.equal(values.get(READS), 6);
  assert.equal(values.get(COUNT), 6);
  assert.equal(values.get('duration_seconds_bucket{le="1",route="users"}'), 0);
  assert.equal(values.get('duration_seconds_bucket{le="2",route="users"}'), 6);
  assert.equal(values.get('ldc_gateway_guard_horizon_seconds'), 1);
  assert.equal(values.get('ldc_gateway_guard_writes_in_flight'), 5);
});

test('what dead workers counted stays for ever, what they measured goes', async () => {
  const sum = new MetricSum();
  sum.said(1, await metricsOf(2, 500, 1));
  sum.died(1);
  sum.said(2, await metricsOf(3, 500, 1));
  sum.died(2);
  sum.died(3);
  const values = await valuesOf(sum, await metricsOf(0, 3_000, 0), []);
  assert.equal(values.get(READS), 5);
  assert.equal(values.get(COUNT), 5);
  assert.equal(values.get('ldc_gateway_guard_horizon_seconds'), 3);
  assert.equal(values.get('ldc_gateway_guard_writes_in_flight'), 0);
});

test('a worker that does not answer is in the sum with its counters of before', async () => {
  const sum = new MetricSum();
  sum.said(1, await metricsOf(2, 500, 7));
  const values = await valuesOf(sum, await metricsOf(1, 3_000, 0), []);
  assert.equal(values.get(READS), 3);
  assert.equal(values.get('ldc_gateway_guard_writes_in_flight'), 0);
});
