import type { Clock } from '../../core/clock.ts';
import type { CellDocument } from '../../core/topology-document.ts';
import type { CellStatus } from '../cells/cell-status.ts';
import type { CheckedInstance, InstanceChecks } from '../cells/instance-checks.ts';

/** What the parent found out about one cell: who its instances are, and what active checks showed. */
export interface CellReport {
  readonly cell: string;
  readonly instances: readonly {
    readonly address: string;
    readonly state: 'unproven' | 'healthy' | 'unhealthy';
    readonly lastError: string | null;
  }[];
}

/** The parent's cells, for its workers. Ejection is each worker's own: it follows from its own traffic. */
export function cellReportsOf(cells: readonly CellStatus[]): CellReport[] {
  return cells.map(({ cell, instances }) => ({
    cell,
    instances: instances.map(({ address, state, lastError }) => ({
      address,
      state: state === 'ejected' ? 'healthy' : state,
      lastError,
    })),
  }));
}

/**
 * The cells of a worker: cells and limits by its table, instances and their health by its parent's reports. A worker resolves no
 * names, takes no heartbeats, and checks nothing; otherwise every instance would be asked by all of them.
 */
export class ToldCells {
  readonly #clock: Clock;
  readonly #workers: number;
  readonly #update: (documents: readonly CellDocument[]) => void;
  readonly #watched = new Set<CheckedInstance>();
  #documents: readonly CellDocument[] = [];
  #reports: ReadonlyMap<string, CellReport['instances']> = new Map();

  /** `update` takes the cells as they are now; `workers`: how many share what a cell takes at once. */
  constructor(clock: Clock, workers: number, update: (documents: readonly CellDocument[]) => void) {
    this.#clock = clock;
    this.#workers = workers;
    this.#update = update;
  }

  /** The cells of this data center by a new table. */
  tableSays(documents: readonly CellDocument[]): void {
    this.#documents = documents;
    this.#refresh();
  }

  parentSays(reports: readonly CellReport[]): void {
    this.#reports = new Map(reports.map(({ cell, instances }) => [cell, instances]));
    this.#refresh();
    for (const instance of this.#watched) this.#tell(instance);
  }

  /** Stands for the active checks of an instance. */
  readonly start = (instance: CheckedInstance): InstanceChecks => {
    this.#watched.add(instance);
    // Not within the caller: whoever begins the checks keeps them only after this.
    const timer = this.#clock.setTimer(0, () => this.#tell(instance));
    return {
      stop: () => {
        timer.cancel();
        this.#watched.delete(instance);
      },
    };
  };

  #refresh(): void {
    this.#update(
      this.#documents.map((document) => ({
        ...document,
        maxConcurrent: Math.ceil(document.maxConcurrent / this.#workers),
        instances: (this.#reports.get(document.id) ?? []).map(({ address }) => address),
      })),
    );
  }

  /** A verdict is worth as many checks as it took the parent. */
  #tell({ cell, key, health, checked }: CheckedInstance): void {
    const told = this.#reports.get(cell)?.find(({ address }) => address === key);
    if (told === undefined || told.state === 'unproven') return;
    const isHealthy = told.state === 'healthy';
    const detail = told.lastError ?? 'the active checks fail';
    const checks = isHealthy ? health.healthyAfter : health.unhealthyAfter;
    for (let n = 0; n < checks; n += 1) checked(isHealthy ? { passed: true } : { passed: false, detail });
  }
}
