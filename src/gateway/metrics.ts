import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ExchangeEnd } from './exchange-end.ts';
import type { IdentityEvent } from './identity/identity-events.ts';
import type { TableFeedEvent } from './table-feed.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * All that a gateway counts, by Prometheus's naming conventions. Label sets are bounded by the ruleset (routes, units, data
 * centers) and by the table of error codes; nothing that a client sends becomes a label.
 */
export class GatewayMetrics {
  readonly registry = new Registry();
  readonly #requests = this.#counter('requests_total', 'Requests by outcome; code is empty for a passed-on answer', [
    'route',
    'unit',
    'lane',
    'status',
    'code',
  ]);
  readonly #duration = new Histogram({
    name: 'ldc_gateway_request_duration_seconds',
    help: 'From the head of the request to the end of the answer',
    labelNames: ['route', 'lane'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #upstreamDuration = new Histogram({
    name: 'ldc_gateway_upstream_duration_seconds',
    help: 'From sending a request to the head of its answer',
    labelNames: ['data_center'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #resends = this.#counter('resends_total', 'Requests sent again because they provably were not executed', []);
  readonly #requestBytes = this.#counter('request_body_bytes_total', 'Bytes of request bodies', ['route']);
  readonly #responseBytes = this.#counter('response_body_bytes_total', 'Bytes of answers’ bodies', ['route']);
  readonly #malformed = this.#counter('malformed_total', 'Messages that could not be parsed', ['code']);
  readonly #identity = this.#counter('identity_events_total', 'What identification met', ['event']);
  readonly #epoch = this.#gauge('table_epoch', 'Epoch of the table in force; 0 without one');
  readonly #tableEvents = this.#counter('table_events_total', 'Tables applied, and what was kept out', [
    'event',
    'reason',
  ]);

  finished({ facts, plan, decision, status, code, resends, requestBytes, responseBytes, ...end }: ExchangeEnd): void {
    const route = plan?.route.name ?? '';
    const unit = decision?.unit?.id ?? '';
    this.#requests.inc({ route, unit, lane: facts.lane, status: String(status), code: code ?? '' });
    this.#duration.observe({ route, lane: facts.lane }, end.totalMs / 1000);
    if (resends > 0) this.#resends.inc(resends);
    if (requestBytes > 0) this.#requestBytes.inc({ route }, requestBytes);
    if (responseBytes > 0) this.#responseBytes.inc({ route }, responseBytes);
    if (end.upstreamMs !== null && decision?.kind === 'forward') {
      this.#upstreamDuration.observe({ data_center: decision.dataCenter.id }, end.upstreamMs / 1000);
    }
  }

  malformed(code: string): void {
    this.#malformed.inc({ code });
  }

  identity(event: IdentityEvent): void {
    this.#identity.inc({ event });
  }

  table(event: TableFeedEvent): void {
    if (event.kind === 'applied') this.#epoch.set(event.table.epoch);
    const reason = event.kind === 'refused' ? event.reason : event.kind === 'applied' ? event.from : '';
    this.#tableEvents.inc({ event: event.kind, reason });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: `ldc_gateway_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `ldc_gateway_${name}`, help, registers: [this.registry] });
  }
}
