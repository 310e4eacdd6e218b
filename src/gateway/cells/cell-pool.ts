import type { Clock, Random, Timer } from '../../core/clock.ts';
import type { CellId } from '../../core/ids.ts';
import type { CellDocument } from '../../core/topology-document.ts';
import { DEFAULT_PRIORITY } from '../overload/cell-queue.ts';
import type { Upstream, UpstreamEvents, UpstreamRequest, UpstreamStream } from '../upstream.ts';
import { Cell } from './cell.ts';
import type { CellObserver } from './cell-observer.ts';
import type { CellSettings } from './cell-settings.ts';
import type { CellStatus } from './cell-status.ts';
import { CheckSlots } from './check-slots.ts';
import type { NameResolver } from './dns-resolver.ts';
import type { InstanceAddress, Parsed } from './instance-address.ts';
import type { StartChecks } from './instance-checks.ts';
import { RoutedRequest } from './routed-request.ts';

export interface CellPoolOptions {
  readonly settings: CellSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly resolver: NameResolver;
  readonly observer: CellObserver;
  /** Of a request that finds its cell full; default: all are alike. */
  priorityOf?(request: UpstreamRequest): number;
  /** Absent: this process checks the instances itself. */
  readonly startChecks?: StartChecks;
}

export type AvailabilityCallback = (cell: CellId, available: boolean) => void;

/**
 * All cells of one data center. Stands behind the guard: `claim.cell` says which cell, this finds the instance. Calls
 * neither `admitted` nor `refused`; a body may be written from `open` on.
 */
export class CellPool implements Upstream {
  readonly #options: CellPoolOptions;
  readonly #slots: CheckSlots;
  readonly #cells = new Map<CellId, Cell>();
  readonly #callbacks = new Set<AvailabilityCallback>();
  readonly #draining = new Set<Promise<void>>();
  #closed = false;

  constructor(options: CellPoolOptions) {
    this.#options = options;
    this.#slots = new CheckSlots(options.settings.checkConcurrency);
  }

  /**
   * Takes the cells of this data center from a new table. Instances that stay keep their health and connections; those
   * that went may end what they have (`drainMs`).
   */
  update(documents: readonly CellDocument[]): void {
    if (this.#closed) return;
    const wanted = new Set(documents.map(({ id }) => id as CellId));
    for (const [id, cell] of this.#cells) {
      if (wanted.has(id)) continue;
      this.#cells.delete(id);
      cell.close(this.#options.settings.drainMs);
    }
    for (const document of documents) {
      const known = this.#cells.get(document.id as CellId);
      if (known === undefined) this.#cells.set(document.id as CellId, this.#makeCell(document));
      else known.update(document);
    }
  }

  open(request: UpstreamRequest, events: UpstreamEvents): UpstreamStream {
    const cell = this.#cells.get(request.claim.cell);
    if (cell !== undefined) return cell.open(request, events);
    const code = this.#closed ? 'DRAINING' : 'NO_HEALTHY_CELL';
    const stream = new RoutedRequest(request, events, NO_PLACES);
    stream.fail({ code, executed: 'no', detail: `cell ${request.claim.cell}: not of this data center's table` });
    return stream;
  }

  /** Whether some instance of the cell passes its checks. O(1), for each request's choice of a cell. */
  isAvailable(cell: CellId): boolean {
    return this.#cells.get(cell)?.available ?? false;
  }

  /** Called when a cell becomes available or stops being it; the returned function ends that. */
  onAvailabilityChange(callback: AvailabilityCallback): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  /** One heartbeat of an instance that registers itself: `host:port` or `[ipv6]:port`. */
  register(cellId: CellId, instanceId: string, address: string): Parsed<InstanceAddress> {
    const cell = this.#cells.get(cellId);
    return cell?.set.register(instanceId, address) ?? { ok: false, detail: `cell ${cellId}: not in this data center` };
  }

  /** False if no such instance was registered. */
  deregister(cellId: CellId, instanceId: string): boolean {
    return this.#cells.get(cellId)?.set.deregister(instanceId) ?? false;
  }

  status(): readonly CellStatus[] {
    return [...this.#cells.values()].map((cell) => cell.status());
  }

  /** Takes no more requests; resolves when all have ended, after `graceMs` at the latest. Never rejects. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    for (const cell of this.#cells.values()) cell.close(graceMs);
    this.#cells.clear();
    let timer: Timer | null = null;
    const late = new Promise<void>((resolve) => {
      // Those that a table before had begun to drain may have been given longer.
      timer = this.#options.clock.setTimer(graceMs + CLOSE_MARGIN_MS, resolve);
    });
    await Promise.race([Promise.all(this.#draining), late]);
    (timer as Timer | null)?.cancel();
    this.#callbacks.clear();
  }

  #makeCell(document: CellDocument): Cell {
    return new Cell(document, {
      ...this.#options,
      slots: this.#slots,
      priorityOf: (request) => this.#options.priorityOf?.(request) ?? DEFAULT_PRIORITY,
      availabilityChanged: (cell, available) => {
        for (const callback of this.#callbacks) callback(cell, available);
      },
      draining: (done) => {
        this.#draining.add(done);
        void done.then(() => this.#draining.delete(done));
      },
    });
  }
}

/** Destroying sockets takes a turn or two of the event loop after the time of grace. */
const CLOSE_MARGIN_MS = 1_000;

/** For a request that no cell takes. */
const NO_PLACES = {
  maxHeldBytes: 0,
  choose: () => ({ code: 'NO_HEALTHY_CELL', executed: 'no', detail: '' }) as const,
  mayTryOther: () => false,
  sent: () => {
    throw new Error('a request without a cell was sent');
  },
  settled: () => undefined,
  entrance: {
    leave: () => undefined,
    watchPace: () => undefined,
    paceInWords: () => '',
    bodyBegins: () => undefined,
    bodyEnds: () => undefined,
    bodyCame: () => undefined,
  },
};
