import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CellObserver } from './cells/cell-observer.ts';
import { metricRows } from './metric-rows.ts';

const CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** What the way to the cells counts; labels are cells of the ruleset, never instances, whose number nobody bounds. */
export function cellMetrics(registry: Registry): CellObserver {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name: `ldc_gateway_cell_${name}`, help, labelNames, registers });
  const outcomes = metricRows({
    name: 'ldc_gateway_cell_exchanges_total',
    help: 'Exchanges with instances by outcome: status class or error code',
    labelNames: ['cell', 'outcome'],
    registers,
  });
  const turnedAway = counter('turned_away_total', 'Requests that waited for a place at the cell in vain', ['cell']);
  const others = counter('other_instance_total', 'Connects that failed with nothing sent; whether another was tried', [
    'cell',
    'tried',
  ]);
  const checks = counter('checks_total', 'Active health checks', ['cell', 'passed']);
  const ejections = counter('ejections_total', 'Instances ejected because they failed on traffic', ['cell']);
  const unresolved = counter('resolve_failures_total', 'DNS names that could not be resolved', ['cell']);
  const available = new Gauge({
    name: 'ldc_gateway_cell_available',
    help: '1 if some instance of the cell passes its checks',
    labelNames: ['cell'],
    registers,
  });
  const waited = new Histogram({
    name: 'ldc_gateway_cell_queue_seconds',
    help: 'Wait for a place at a cell that was full',
    labelNames: ['cell'],
    buckets: [0.001, 0.01, 0.1, 0.5, 1],
    registers,
  });
  return {
    sent: () => undefined,
    settled: (cell, _instance, outcome) =>
      outcomes.add(1, cell, typeof outcome === 'number' ? (CLASSES[Math.floor(outcome / 100)] ?? 'none') : outcome),
    queued(cell, waitedMs, admitted) {
      waited.observe({ cell }, waitedMs / 1000);
      if (!admitted) turnedAway.inc({ cell });
    },
    otherInstance: (cell, spent) => others.inc({ cell, tried: String(spent) }),
    checked: (cell, _instance, passed) => checks.inc({ cell, passed: String(passed) }),
    ejected: (cell) => ejections.inc({ cell }),
    availability: (cell, isAvailable) => available.set({ cell }, isAvailable ? 1 : 0),
    resolveFailed: (cell) => unresolved.inc({ cell }),
  };
}
