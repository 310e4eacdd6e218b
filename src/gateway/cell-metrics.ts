import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CellObserver } from './cells/cell-observer.ts';
import type { CellStatus } from './cells/cell-status.ts';
import { metricRows } from './metric-rows.ts';

const CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** What the way to the cells counts; labels are cells of the ruleset, never instances, whose number nobody bounds. */
export function cellMetrics(registry: Registry, now: () => readonly CellStatus[]): CellObserver {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name: `ldc_gateway_cell_${name}`, help, labelNames, registers });
  const outcomes = metricRows({
    name: 'ldc_gateway_cell_exchanges_total',
    help: 'Exchanges with instances by outcome: status class or error code',
    labelNames: ['cell', 'outcome'],
    registers,
  });
  const shed = metricRows({
    name: 'ldc_gateway_cell_shed_total',
    help: 'Requests that found the cell full and got no place',
    labelNames: ['cell', 'priority', 'why'],
    registers,
  });
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
    aggregator: 'max',
  });
  const waited = new Histogram({
    name: 'ldc_gateway_cell_queue_seconds',
    help: 'Wait of requests that found the cell full and got a place',
    labelNames: ['cell'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  });
  loadGauges(registry, now);
  return {
    sent: () => undefined,
    settled: (cell, _instance, outcome) =>
      outcomes.add(1, cell, typeof outcome === 'number' ? (CLASSES[Math.floor(outcome / 100)] ?? 'none') : outcome),
    queued: (cell, waitedMs) => waited.observe({ cell }, waitedMs / 1000),
    shed: (cell, priority, why) => shed.add(1, cell, String(priority), why),
    otherInstance: (cell, spent) => others.inc({ cell, tried: String(spent) }),
    checked: (cell, _instance, passed) => checks.inc({ cell, passed: String(passed) }),
    ejected: (cell) => ejections.inc({ cell }),
    availability: (cell, isAvailable) => available.set({ cell }, isAvailable ? 1 : 0),
    resolveFailed: (cell) => unresolved.inc({ cell }),
  };
}

/** What stands at the cells at this moment, and what may. */
function loadGauges(registry: Registry, now: () => readonly CellStatus[]): void {
  const gauge = (name: string, help: string, value: (cell: CellStatus) => number): void => {
    new Gauge({
      name: `ldc_gateway_cell_${name}`,
      help,
      labelNames: ['cell'],
      registers: [registry],
      collect() {
        // A cell that left the table leaves the page too.
        this.reset();
        for (const status of now()) this.set({ cell: status.cell }, value(status));
      },
    });
  };
  gauge('in_flight', 'Requests that have a place at the cell', (cell) => cell.inFlight);
  gauge('waiting', 'Requests that wait for a place at the cell', (cell) => cell.waiting);
  gauge('max_concurrent', 'Places at the cell (maxConcurrent of the ruleset)', (cell) => cell.maxConcurrent);
}
