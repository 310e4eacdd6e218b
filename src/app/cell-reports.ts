import type { CellStatus } from '../gateway/cells/cell-status.ts';
import type { CellReport, InstanceReport } from '../store/records/node-record.ts';

/** The health of the cells as the gateway's record in the store has it. */
export function cellReports(cells: readonly CellStatus[]): CellReport[] {
  return cells.map(({ cell, instances }) => ({
    cell,
    instances: instances.map(({ address, origins, state }): InstanceReport => {
      const origin = origins[0] ?? 'list';
      return {
        address,
        health: state === 'unproven' ? 'checking' : state,
        origin: origin.startsWith('dns:') ? 'dns' : origin.startsWith('registered:') ? 'registered' : 'static',
      };
    }),
  }));
}
