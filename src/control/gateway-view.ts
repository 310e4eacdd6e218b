import type { Table } from '../core/table.ts';
import type { GatewaysAnswer, GatewayView } from './api-types.ts';
import { gatewayState, type WatchedEdge } from './edge-liveness.ts';
import type { EdgeWatch } from './edge-watch.ts';

/** One gateway as it is told. `table` is what it should run. */
export function gatewayView(edge: WatchedEdge, table: Table | null, aliveMs: number): GatewayView {
  const { node, boot, dataCenter, version, formats, door, admin, interlink, applied } = edge.record;
  const isComparable = applied !== null && table !== null && applied.incarnation === table.incarnation;
  return {
    node,
    boot,
    dataCenter,
    version,
    formats,
    door,
    admin,
    interlink,
    applied: applied === null ? null : { incarnation: applied.incarnation, epoch: applied.epoch },
    // A gateway may have heard of an epoch that was written after our reading of the table: it is not behind.
    lag: isComparable ? Math.max(0, table.epoch - applied.epoch) : null,
    state: gatewayState(edge, aliveMs),
    silentMs: Math.round(edge.silentMs),
  };
}

export function gatewayViews(edges: EdgeWatch, table: Table | null): GatewayView[] {
  return edges.observation.edges.map((edge) => gatewayView(edge, table, edges.settings.aliveMs));
}

export function gatewaysView(edges: EdgeWatch, table: Table | null): GatewaysAnswer {
  return {
    epoch: table?.epoch ?? null,
    gateways: gatewayViews(edges, table),
    badRecords: edges.observation.bad,
    readMsAgo: edges.readMsAgo(),
  };
}
