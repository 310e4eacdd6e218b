import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { acceptTable } from '../../core/accept-table.ts';
import type { BootId } from '../../core/ids.ts';
import type { Table } from '../../core/table.ts';
import { guardMetrics } from '../../gateway/guard/guard-metrics.ts';
import { GatewayMetrics } from '../../gateway/metrics.ts';
import { RequestSide } from '../../gateway/request-side.ts';
import { AskedNews } from '../../gateway/workers/asked-news.ts';
import { hearNotice } from '../../gateway/workers/shared-guard.ts';
import { ToldCells } from '../../gateway/workers/told-cells.ts';
import type { DownMessage, UpMessage } from '../../gateway/workers/worker-message.ts';
import type { WorkerStatus } from '../../gateway/workers/worker-status.ts';
import { decodeTableSnapshot } from '../../store/records/table-snapshot.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { GatewayTraffic } from '../gateway-traffic.ts';
import { SYSTEM_CLOCK as clock } from '../system-clock.ts';
import { WorkerConnections } from './worker-connections.ts';

type Begin = Extract<DownMessage<GatewayConfig>, { kind: 'begin' }>;

/** How long a worker that begins waits for its interlinks: without them it would refuse what the others forward. */
const SETTLE_MS = 3_000;
const LOOK_MS = 20;

/**
 * The deciding half of a gateway in a process of its own: whatever it knows of the world its parent tells it, and whatever it has
 * acknowledged it tells its parent.
 */
export class GatewayWorker {
  readonly #config: GatewayConfig;
  readonly #tell: (message: UpMessage, sent?: () => void) => void;
  readonly #metrics = new GatewayMetrics();
  readonly #news: AskedNews;
  readonly #cells: ToldCells;
  readonly #traffic: GatewayTraffic;
  readonly #connections: WorkerConnections;
  #isDraining = false;

  /** Throws if a certificate cannot be read. */
  constructor({ config, boot, ticketKeys }: Begin, log: Logger, tell: (message: UpMessage, sent?: () => void) => void) {
    this.#config = config;
    this.#tell = tell;
    this.#connections = new WorkerConnections(clock, (connections) => tell({ kind: 'connections', connections }));
    this.#news = new AskedNews({
      clock,
      limitMs: config.guard.horizonMs,
      want: (news) => tell({ kind: 'want', news }),
    });
    this.#cells = new ToldCells(clock, config.workers.count, (documents) => this.#traffic.pool.update(documents));
    this.#traffic = new GatewayTraffic({
      config,
      boot: boot as BootId,
      log,
      metrics: this.#metrics,
      ticketKeys: ticketKeys === null ? null : Buffer.from(ticketKeys, 'base64'),
      told: { startChecks: this.#cells.start, onOwnCells: (cells) => this.#cells.tableSays(cells) },
      makeSide: (parts) => new RequestSide({ ...parts, news: this.#news, onDrained: () => this.#ran() }),
      onHealth: () => undefined,
    });
    const { guarded } = this.#traffic.side;
    guardMetrics(this.#metrics.registry, () => ({ ...this.#traffic.guardStatus(), upgrades: guarded.upgrades }));
  }

  /** Resolves when the parent may tell what it knows. */
  async start(): Promise<void> {
    await Promise.all([this.#traffic.open(), this.#traffic.fetchKeys()]);
    this.#tell({ kind: 'up' });
  }

  hear(message: DownMessage<GatewayConfig>, socket: Socket | undefined): void {
    const { side, interlink } = this.#traffic;
    if (message.kind === 'table') this.#adopt(message.text);
    else if (message.kind === 'guard') hearNotice(side.guard, message.notice);
    else if (message.kind === 'hope') this.#news.isHopeful = message.isHopeful;
    else if (message.kind === 'news') this.#news.answered(message.news);
    else if (message.kind === 'peers') interlink.updatePeers(message.peers);
    else if (message.kind === 'cells') this.#cells.parentSays(message.cells);
    else if (message.kind === 'serve') this.#serveWhenSettled(clock.monotonicMs() + SETTLE_MS);
    else if (message.kind === 'connection') this.#take(message.port, socket);
    else if (message.kind === 'beat') this.#tell({ kind: 'beat', connections: this.#connections.counts });
    else if (message.kind === 'ask') void this.#answer(message.id, message.what);
    else if (message.kind === 'reload') this.#traffic.reloadCertificates();
    else if (message.kind === 'drain') void this.drain().then(() => process.exit(0));
  }

  /** Serves what is open to its end, within the drain's limits, then admits nothing more. Resolves when all is ended and told. */
  async drain(): Promise<void> {
    if (this.#isDraining) return new Promise(() => undefined);
    this.#isDraining = true;
    await this.#traffic.drain();
    await this.#traffic.close();
    this.#traffic.side.close('this worker has stopped');
    await this.#traffic.end();
    const metrics = await this.#metrics.registry.getMetricsAsJSON();
    await new Promise<void>((resolve) => this.#tell({ kind: 'last', metrics }, resolve));
  }

  /** All at once or not at all; a table that cannot be run here is told. */
  #adopt(text: string): void {
    const { side } = this.#traffic;
    try {
      const table = decodeTableSnapshot(text, this.#config.realm);
      const acceptance = acceptTable(side.guard.table, table);
      if (acceptance.kind === 'refused') this.#tell({ kind: 'unusable', detail: acceptance.detail });
      else if (acceptance.kind === 'accepted') side.apply(table);
    } catch (error) {
      this.#tell({ kind: 'unusable', detail: (error as Error).message });
    }
    this.#ran();
  }

  /** What its guard says now; the parent makes one record of what all of them say. */
  #ran(): void {
    const { guard } = this.#traffic.side;
    this.#tell({ kind: 'ran', applied: versionOf(guard.table), drained: guard.drained() });
  }

  #take(port: 'door' | 'interlink', socket: Socket | undefined): void {
    const lane = port === 'door' ? this.#traffic : this.#traffic.interlink;
    this.#connections.take(port, socket && lane.take(socket));
  }

  /** Health that was told is believed a turn later, and links take a moment. */
  #serveWhenSettled(deadline: number): void {
    clock.setTimer(LOOK_MS, () => {
      if (this.#traffic.interlink.isSettled || clock.monotonicMs() >= deadline) this.#tell({ kind: 'serving' });
      else this.#serveWhenSettled(deadline);
    });
  }

  async #answer(id: number, what: 'status' | 'metrics'): Promise<void> {
    const value = what === 'status' ? this.#status() : await this.#metrics.registry.getMetricsAsJSON();
    this.#tell({ kind: 'told', id, value });
  }

  #status(): WorkerStatus {
    const { side, pool, interlink } = this.#traffic;
    return {
      table: versionOf(side.guard.table),
      guard: this.#traffic.guardStatus(),
      held: side.holding.size,
      cells: pool.status(),
      peers: interlink.status(),
      unavailableCells: side.routing.unavailableCells(),
    };
  }
}

function versionOf(table: Table | null): Pick<Table, 'incarnation' | 'epoch'> | null {
  return table === null ? null : { incarnation: table.incarnation, epoch: table.epoch };
}
