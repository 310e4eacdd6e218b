import type { Table } from '../core/table.ts';
import type { CellDocument } from '../core/topology-document.ts';
import { CellDirectory, type DataCenterHealth } from './cell-directory.ts';
import type { Identifier } from './identity/identifier.ts';
import type { RouteIdentity } from './identity/identity.ts';
import type { MessageLimits } from './message/message-limits.ts';
import { compileRoutingView, type RoutingView } from './routing-view.ts';

/** A table with what its topology means for requests; both change together or not at all. */
export interface Routing {
  readonly table: Table;
  readonly view: RoutingView;
}

export interface RoutingStateParts {
  readonly dataCenter: string;
  /** Bounds of a request's head; default: those of message-limits.ts. */
  readonly limits?: MessageLimits;
  compileIdentity(route: RouteIdentity): Identifier;
  /** Health of a data center's cells: the own pool's, or what the interlink tells. */
  healthOf(dataCenter: string): DataCenterHealth;
  /** The cells of the own data center changed. */
  onOwnCells(cells: readonly CellDocument[]): void;
}

/** What every request of this moment is routed by. */
export class RoutingState {
  readonly cells = new CellDirectory();
  readonly #parts: RoutingStateParts;
  #current: Routing | null = null;

  constructor(parts: RoutingStateParts) {
    this.#parts = parts;
  }

  get current(): Routing | null {
    return this.#current;
  }

  /** Puts a table in force. Throws, and changes nothing, if its routes cannot be compiled. */
  apply(table: Table): void {
    const isSameTopology = this.#current?.table.topology === table.topology;
    const view =
      this.#current !== null && isSameTopology
        ? this.#current.view
        : compileRoutingView(table.topology, (route) => this.#parts.compileIdentity(route), this.#parts.limits);
    if (!isSameTopology) this.#parts.onOwnCells(cellsOf(table, this.#parts.dataCenter));
    this.#current = { table, view };
    this.healthChanged();
  }

  /** Works out anew which cells can take requests. */
  healthChanged(): void {
    if (this.#current !== null)
      this.cells.update(this.#current.table, (dataCenter) => this.#parts.healthOf(dataCenter));
  }

  /** IDs of the cells that cannot take requests, as this edge sees it. */
  unavailableCells(): string[] {
    const cells = this.#current?.table.topology.cells ?? [];
    return cells.filter((cell) => !this.cells.isAvailable(cell.index)).map((cell) => cell.id);
  }

  /** Cells of the own data center. */
  ownCells(): readonly CellDocument[] {
    return this.#current === null ? [] : cellsOf(this.#current.table, this.#parts.dataCenter);
  }
}

function cellsOf(table: Table, dataCenter: string): readonly CellDocument[] {
  return table.topology.document.units.flatMap((unit) => unit.cells.filter((cell) => cell.dataCenter === dataCenter));
}
