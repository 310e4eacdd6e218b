import { Counter, Gauge, type Registry } from 'prom-client';

/** What a parent tells of its workers at each scrape. */
export interface WorkerGauges {
  readonly serving: number;
  readonly draining: number;
  readonly waiting: number;
}

export interface WorkerCounters {
  lost(reason: 'crashed' | 'silent'): void;
  turnedAway(): void;
  /** A worker did not answer a scrape in time. */
  unanswered(): void;
}

/** What a gateway with workers counts beside what they count themselves. */
export function workerMetrics(registry: Registry, now: () => WorkerGauges): WorkerCounters {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name: `ldc_gateway_${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  gauge('workers_serving', 'Workers that take connections', () => now().serving);
  gauge('workers_draining', 'Workers that end what they have, after a hot restart', () => now().draining);
  gauge('connections_waiting', 'Accepted connections that wait for a worker', () => now().waiting);
  const lost = new Counter({
    name: 'ldc_gateway_workers_lost_total',
    help: 'Workers that ended without being asked to, and those that were killed for their silence',
    labelNames: ['reason'],
    registers,
  });
  const turnedAway = new Counter({
    name: 'ldc_gateway_connections_turned_away_total',
    help: 'Accepted connections that no worker took in time',
    registers,
  });
  const unanswered = new Counter({
    name: 'ldc_gateway_worker_scrapes_unanswered_total',
    help: 'Scrapes that a worker did not answer in time: it is in them with its counters of before, without gauges',
    registers,
  });
  return {
    lost: (reason) => lost.inc({ reason }),
    turnedAway: () => turnedAway.inc(),
    unanswered: () => unanswered.inc(),
  };
}
