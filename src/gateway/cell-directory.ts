import type { CellHealth } from '../core/cell-choice.ts';
import type { Table } from '../core/table.ts';

/** What one data center tells of its own cells. */
export interface DataCenterHealth {
  /** False for a data center that cannot be reached at all. */
  readonly isReachable: boolean;
  isCellAvailable(cellId: string): boolean;
}

/**
 * Which cells can take requests, as a byte per cell of the table's topology: the hot path indexes it, and it is worked out
 * anew only when a table, a health or a link changes.
 */
export class CellDirectory implements CellHealth {
  #available = new Uint8Array(0);

  isAvailable(cell: number): boolean {
    return this.#available[cell] === 1;
  }

  /** Works it out for a table; `healthOf` answers for a data center by its ID. */
  update(table: Table, healthOf: (dataCenter: string) => DataCenterHealth): void {
    const { cells, dataCenters } = table.topology;
    const next = new Uint8Array(cells.length);
    const healths = dataCenters.map((dataCenter) => healthOf(dataCenter.id));
    for (const cell of cells) {
      const health = healths[cell.dataCenter] as DataCenterHealth;
      next[cell.index] = health.isReachable && health.isCellAvailable(cell.id) ? 1 : 0;
    }
    this.#available = next;
  }
}
