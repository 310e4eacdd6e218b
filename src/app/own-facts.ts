import type { BootId, DataCenterId, NodeId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import type { CellStatus } from '../gateway/cells/cell-status.ts';
import type { EdgeFacts } from '../gateway/edge-announcer.ts';
import { HEAD_FORMATS } from '../store/records/head-record.ts';
import { cellReports } from './cell-reports.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { VERSION } from './version.ts';

/** Ports that a gateway listens on; 0 before it does. */
export interface GatewayPorts {
  readonly door: number;
  readonly admin: number;
  readonly interlink: number;
}

/** What a gateway says of itself as an edge, at this moment. */
export function ownFacts(
  config: GatewayConfig,
  boot: BootId,
  ports: GatewayPorts,
  { table, cells }: { readonly table: Table | null; readonly cells: readonly CellStatus[] },
): EdgeFacts {
  const { node, dataCenter, door, admin, interlink } = config;
  return {
    node: node as NodeId,
    boot,
    dataCenter: dataCenter as DataCenterId,
    version: VERSION,
    formats: HEAD_FORMATS,
    door: door.advertise ?? `${door.host}:${ports.door}`,
    admin: admin.advertise ?? `${admin.host}:${ports.admin}`,
    interlink: interlink.advertise ?? `${interlink.host}:${ports.interlink}`,
    applied: table === null ? null : { incarnation: table.incarnation, epoch: table.epoch },
    cells: cellReports(cells),
  };
}
