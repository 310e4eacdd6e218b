import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { HoldObserver } from './holding.ts';

/** What holding counts. `now` is asked at each scrape. */
export function holdMetrics(
  registry: Registry,
  now: () => { readonly size: number; readonly longestMs: number },
): HoldObserver {
  const registers = [registry];
  new Gauge({
    name: 'ldc_gateway_held_requests',
    help: 'Requests of moving shards that are held now',
    registers,
    collect() {
      this.set(now().size);
    },
  });
  new Gauge({
    name: 'ldc_gateway_held_longest_seconds',
    help: 'How long the oldest of them has been held; 0 without one',
    registers,
    aggregator: 'max',
    collect() {
      this.set(now().longestMs / 1000);
    },
  });
  const ended = new Counter({
    name: 'ldc_gateway_hold_ended_total',
    help: 'Held requests by how it ended: released, expired, evicted (gave way to another shard), left (the client)',
    labelNames: ['how'],
    registers,
  });
  const refused = new Counter({
    name: 'ldc_gateway_hold_refused_total',
    help: 'Requests that were not held because a bound was reached',
    registers,
  });
  const duration = new Histogram({
    name: 'ldc_gateway_hold_duration_seconds',
    help: 'How long requests were held',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10],
    registers,
  });
  return {
    held: () => undefined,
    ended(how, heldMs) {
      ended.inc({ how });
      duration.observe(heldMs / 1000);
    },
    refused: () => refused.inc(),
  };
}
