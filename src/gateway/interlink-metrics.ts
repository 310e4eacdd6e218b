import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { InterlinkObserver, LinkLabel } from './interlink/interlink-observer.ts';
import { type MetricRows, metricRows } from './metric-rows.ts';

/** What the interlinks count; labels are the gateways of the realm. `report` gets what an operator should read. */
export function interlinkMetrics(
  registry: Registry,
  report: (fields: Readonly<Record<string, unknown>>, message: string) => void,
): InterlinkObserver {
  const labelNames = ['role', 'peer'] as const;
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labels: readonly Label[]): Counter<Label> =>
    new Counter({ name: `ldc_gateway_interlink_${name}`, help, labelNames: labels, registers });
  const connections = new Gauge({
    name: 'ldc_gateway_interlink_connections',
    help: 'Open connections',
    labelNames,
    registers,
  });
  const losses = counter('closed_total', 'Connections that ended, by reason', ['role', 'peer', 'reason']);
  const rejected = counter('rejected_total', 'Connections refused for their certificate or TLS, and failed dials', [
    'role',
  ]);
  /** Of what is counted for each request. */
  const rows = <Label extends string>(name: string, help: string, labels: readonly Label[]): MetricRows<Label> =>
    metricRows({ name: `ldc_gateway_interlink_${name}`, help, labelNames: labels, registers });
  const sent = rows('sent_bytes_total', 'Bytes sent', labelNames);
  const received = rows('received_bytes_total', 'Bytes received', labelNames);
  const streams = rows('streams_total', 'Requests by how their stream ended', ['role', 'peer', 'outcome'] as const);
  const roundTrip = new Histogram({
    name: 'ldc_gateway_interlink_round_trip_seconds',
    help: 'PING to PONG',
    labelNames,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers,
  });
  const labels = ({ role, peer }: LinkLabel): { role: string; peer: string } => ({ role, peer });
  return {
    opened: (link) => connections.inc(labels(link)),
    closed(link, code, detail) {
      connections.dec(labels(link));
      losses.inc({ ...labels(link), reason: code });
      if (code !== 'FINISHED') report({ ...link, code, detail }, 'interlink closed');
    },
    rejected(role, detail) {
      rejected.inc({ role });
      report({ role, detail }, 'interlink refused');
    },
    sent: ({ role, peer }, bytes) => sent.add(bytes, role, peer),
    received: ({ role, peer }, bytes) => received.add(bytes, role, peer),
    roundTrip: (link, ms) => roundTrip.observe(labels(link), ms / 1000),
    streamOpened: () => undefined,
    streamClosed: ({ role, peer }, outcome) => streams.add(1, role, peer, outcome),
    failed: (link, error) => report({ ...link, error }, 'a bug in the interlink; its connection was closed'),
  };
}
