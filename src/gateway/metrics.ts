import { Counter, Gauge, Registry } from 'prom-client';
import { DurationMetric } from './duration-metric.ts';
import type { ExchangeEnd } from './exchange-end.ts';
import type { IdentityEvent } from './identity/identity-events.ts';
import { type MetricRows, metricRows } from './metric-rows.ts';
import type { TableFeedEvent } from './table-feed.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * All that a gateway counts, by Prometheus's naming conventions. Label sets are bounded by the ruleset (routes, units, data
 * centers) and by the table of error codes; nothing that a client sends becomes a label.
 */
export class GatewayMetrics {
  readonly registry = new Registry();
  readonly #requests = this.#rows('requests_total', 'Requests by outcome; code is empty for a passed-on answer', [
    'route',
    'unit',
    'lane',
    'status',
    'code',
  ]);
  readonly #duration = new DurationMetric({
    registry: this.registry,
    name: 'ldc_gateway_request_duration_seconds',
    help: 'From the head of the request to the end of the answer',
    labelNames: ['route', 'lane'],
    buckets: SECONDS,
  });
  readonly #upstreamDuration = new DurationMetric({
    registry: this.registry,
    name: 'ldc_gateway_upstream_duration_seconds',
    help: 'From sending a request to the head of its answer',
    labelNames: ['data_center'],
    buckets: SECONDS,
  });
  readonly #resends = this.#counter('resends_total', 'Requests sent again because they provably were not executed', []);
  readonly #requestBytes = this.#rows('request_body_bytes_total', 'Bytes of request bodies', ['route']);
  readonly #responseBytes = this.#rows('response_body_bytes_total', 'Bytes of answers’ bodies', ['route']);
  readonly #malformed = this.#counter('malformed_total', 'Messages that could not be parsed', ['code']);
  readonly #identity = this.#counter('identity_events_total', 'What identification met', ['event']);
  /** Of several processes the lowest: it is the one to be looked at. */
  readonly #epoch = this.#lowestGauge('table_epoch', 'Epoch of the table in force; 0 without one');
  readonly #tableEvents = this.#counter('table_events_total', 'Tables applied, and what was kept out', [
    'event',
    'reason',
  ]);

  finished(end: ExchangeEnd): void {
    const { facts, plan, decision, resends, requestBytes, responseBytes } = end;
    const route = plan?.route.name ?? '';
    this.#requests.add(1, route, decision?.unit?.id ?? '', facts.lane, statusText(end.status), end.code ?? '');
    this.#duration.observe(end.totalMs / 1000, route, facts.lane);
    if (resends > 0) this.#resends.inc(resends);
    if (requestBytes > 0) this.#requestBytes.add(requestBytes, route);
    if (responseBytes > 0) this.#responseBytes.add(responseBytes, route);
    if (end.upstreamMs !== null && decision?.kind === 'forward') {
      this.#upstreamDuration.observe(end.upstreamMs / 1000, decision.dataCenter.id);
    }
  }

  malformed(code: string): void {
    this.#malformed.inc({ code });
  }

  identity(event: IdentityEvent): void {
    this.#identity.inc({ event });
  }

  table(event: TableFeedEvent): void {
    if (event.kind === 'applied') this.inForce(event.table);
    const reason = event.kind === 'refused' ? event.reason : event.kind === 'applied' ? event.from : '';
    this.#tableEvents.inc({ event: event.kind, reason });
  }

  /** A table that did not come by an event of this process's own. */
  inForce({ epoch }: { readonly epoch: number }): void {
    this.#epoch.set(epoch);
  }

  #rows<Label extends string>(name: string, help: string, labelNames: readonly Label[]): MetricRows<Label> {
    return metricRows({ name: `ldc_gateway_${name}`, help, labelNames, registers: [this.registry] });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: `ldc_gateway_${name}`, help, labelNames, registers: [this.registry] });
  }

  #lowestGauge(name: string, help: string): Gauge {
    return new Gauge({ name: `ldc_gateway_${name}`, help, registers: [this.registry], aggregator: 'min' });
  }
}

const STATUS_TEXTS: readonly string[] = Array.from({ length: 600 }, (_, status) => String(status));

const statusText = (status: number): string => STATUS_TEXTS[status] ?? String(status);
