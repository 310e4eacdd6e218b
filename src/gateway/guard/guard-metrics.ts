import { Counter, Gauge, type Registry } from 'prom-client';
import type { RenewalEvent } from './guard-renewal.ts';

/** What a guard tells of itself at each scrape. */
export interface GuardGauges {
  /** Time left until its horizon, ms; 0 or less: it admits no writes. */
  readonly leftMs: number;
  readonly writesInFlight: number;
  readonly upgrades: number;
}

/** Counts the guard's reads of the store by what came of them. */
export function guardMetrics(registry: Registry, now: () => GuardGauges): (event: RenewalEvent) => void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number, aggregator: 'sum' | 'min' = 'sum'): void => {
    new Gauge({
      name: `ldc_gateway_guard_${name}`,
      help,
      registers,
      aggregator,
      collect() {
        this.set(value());
      },
    });
  };
  const left = (): number => Math.max(0, now().leftMs / 1000);
  // Of several processes the one that closes first says how it stands.
  gauge('horizon_seconds', 'Time left until the guard’s horizon; 0: it admits no writes', left, 'min');
  gauge('writes_in_flight', 'Admitted writes that are not over', () => now().writesInFlight);
  gauge('upgrades', 'Upgraded connections to cells', () => now().upgrades);
  const reads = new Counter({
    name: 'ldc_gateway_guard_reads_total',
    help: 'Reads for the horizon by what came of them',
    labelNames: ['result'],
    registers,
  });
  return ({ kind }) => reads.inc({ result: kind.replaceAll(' ', '_') });
}
