import type { Table } from '../core/table.ts';
import type { Cell, Unit } from '../core/topology.ts';
import type { CellDocument } from '../core/topology-document.ts';
import type { EdgeRecord, InstanceReport } from '../store/records/node-record.ts';
import type { CellsAnswer, CellView, InstanceView, MergedHealth, UnitCellsView } from './api-types.ts';
import { versionView } from './table-view.ts';

/** What none of the gateways calls healthy is as bad as the worst of what they say. */
const WORST_FIRST = ['unhealthy', 'ejected', 'draining', 'checking'] as const;

/** Units, cells and instances; the health of a cell is what the live gateways of its own data center say. */
export function cellsView(table: Table, reporters: readonly EdgeRecord[]): CellsAnswer {
  return { ...versionView(table), units: table.topology.units.map((unit) => unitCellsView(table, unit, reporters)) };
}

export function unitCellsView(table: Table, unit: Unit, reporters: readonly EdgeRecord[]): UnitCellsView {
  const city = table.topology.cities[unit.city] ?? null;
  const cells = (table.cellsOfUnit[unit.index] ?? []).map((cell) => cellView(table, cell, reporters));
  return { id: unit.id, kind: unit.kind, city, cells };
}

export function cellView(table: Table, cell: Cell, reporters: readonly EdgeRecord[]): CellView {
  const dataCenter = table.topology.dataCenters[cell.dataCenter]?.id ?? '';
  const document = table.topology.document.units[cell.unit]?.cells.find((candidate) => candidate.id === cell.id);
  const reports = reporters
    .filter((record) => record.dataCenter === dataCenter)
    .flatMap((record) => record.cells.filter((report) => report.cell === cell.id));
  const instances = mergeInstances(
    document,
    reports.map((report) => report.instances),
  );
  return {
    id: cell.id,
    dataCenter,
    weight: cell.weight,
    configuredWeight: document?.weight ?? cell.weight,
    available: isAvailable(instances, reports.length),
    reporters: reports.length,
    instances,
  };
}

/** No report says nothing against a cell; a report in which no instance can take requests does. */
function isAvailable(instances: readonly InstanceView[], reporters: number): boolean {
  return reporters === 0 || instances.some(({ health }) => health === 'healthy' || health === 'disputed');
}

function mergeInstances(
  cell: CellDocument | undefined,
  reports: readonly (readonly InstanceReport[])[],
): InstanceView[] {
  const byAddress = new Map<string, { origin: InstanceView['origin']; healths: InstanceReport['health'][] }>();
  for (const address of cell?.instances ?? []) {
    // The addresses behind a DNS name come from the reports.
    if (!address.startsWith('dns:')) byAddress.set(address, { origin: 'static', healths: [] });
  }
  for (const { address, origin, health } of reports.flat()) {
    const known = byAddress.get(address);
    if (known === undefined) byAddress.set(address, { origin, healths: [health] });
    else known.healths.push(health);
  }
  return [...byAddress]
    .map(([address, { origin, healths }]) => ({
      address,
      origin,
      health: mergeHealth(healths),
      reports: count(healths),
    }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** One word for what several gateways say of an instance. */
export function mergeHealth(healths: readonly InstanceReport['health'][]): MergedHealth {
  if (healths.length === 0) return 'unreported';
  if (healths.every((health) => health === 'healthy')) return 'healthy';
  if (healths.includes('healthy')) return 'disputed';
  return WORST_FIRST.find((health) => healths.includes(health)) ?? 'unreported';
}

function count(healths: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const health of healths) counts[health] = (counts[health] ?? 0) + 1;
  return counts;
}
