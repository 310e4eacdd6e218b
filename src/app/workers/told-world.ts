import type { PeerAddress } from '../../gateway/peer-directory.ts';
import type { SharedGuard } from '../../gateway/workers/shared-guard.ts';
import type { CellReport } from '../../gateway/workers/told-cells.ts';
import type { WorkerLedger } from '../../gateway/workers/worker-ledger.ts';
import type { DownMessage } from '../../gateway/workers/worker-message.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import type { WorkerProcess } from './worker-process.ts';

export interface ToldWorldParts {
  readonly ledger: WorkerLedger;
  readonly guard: Pick<SharedGuard, 'last'>;
  /** All that are not dead. */
  workers(): readonly WorkerProcess[];
}

/** All that workers are told of the world: kept for those that begin, sent on as it changes. */
export class ToldWorld {
  readonly #parts: ToldWorldParts;
  #table: string | null = null;
  #peers: readonly PeerAddress[] = [];
  #cells: readonly CellReport[] = [];
  #toldCells = '';
  #isHopeful = true;

  constructor(parts: ToldWorldParts) {
    this.#parts = parts;
  }

  /** A worker says that its event loop turns: it is told everything, in the order in which it rests on each other, then serves. */
  begin(worker: WorkerProcess): void {
    const { guard } = this.#parts;
    if (this.#table !== null) this.#sendTable(worker, this.#table);
    if (guard.last !== null) worker.send({ kind: 'guard', notice: guard.last });
    worker.send({ kind: 'hope', isHopeful: this.#isHopeful });
    worker.send({ kind: 'cells', cells: this.#cells });
    worker.send({ kind: 'peers', peers: this.#peers });
    worker.send({ kind: 'serve' });
  }

  table(text: string): void {
    this.#table = text;
    for (const worker of this.#known()) this.#sendTable(worker, text);
  }

  peers(peers: readonly PeerAddress[]): void {
    this.#peers = peers;
    this.tell({ kind: 'peers', peers });
  }

  /** Told only if something in it changed. */
  cells(cells: readonly CellReport[]): void {
    const text = JSON.stringify(cells);
    if (text === this.#toldCells) return;
    this.#toldCells = text;
    this.#cells = cells;
    this.tell({ kind: 'cells', cells });
  }

  hope(isHopeful: boolean): void {
    if (isHopeful === this.#isHopeful) return;
    this.#isHopeful = isHopeful;
    this.tell({ kind: 'hope', isHopeful });
  }

  tell(message: DownMessage<GatewayConfig>): void {
    for (const worker of this.#known()) worker.send(message);
  }

  /** From here on the worker may admit by this table, and counts. */
  #sendTable(worker: WorkerProcess, text: string): void {
    this.#parts.ledger.joined(worker.id);
    worker.send({ kind: 'table', text });
  }

  #known(): readonly WorkerProcess[] {
    return this.#parts.workers().filter(({ state }) => state !== 'starting' && state !== 'dead');
  }
}
