import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { BootId, CellId, DataCenterId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import type { CellDocument } from '../core/topology-document.ts';
import type { AccessLog } from '../gateway/access-log.ts';
import { cellMetrics } from '../gateway/cell-metrics.ts';
import { CellPool } from '../gateway/cells/cell-pool.ts';
import { systemResolver } from '../gateway/cells/dns-resolver.ts';
import type { StartChecks } from '../gateway/cells/instance-checks.ts';
import { doorMetrics } from '../gateway/door-metrics.ts';
import type { ExchangeEnd } from '../gateway/exchange-end.ts';
import { FastLane } from '../gateway/fast-lane/fast-lane.ts';
import { type GuardStatus, guardStatus } from '../gateway/guard/guard-status.ts';
import { holdMetrics } from '../gateway/holding/hold-metrics.ts';
import type { Identity } from '../gateway/identity/identity.ts';
import type { SessionStore } from '../gateway/identity/session-store.ts';
import type { GatewayMetrics } from '../gateway/metrics.ts';
import { routePriority } from '../gateway/overload/route-priority.ts';
import type { RequestSide, RequestSideParts } from '../gateway/request-side.ts';
import { coreSettings } from './core-settings.ts';
import { gatewayAccessLog } from './gateway-access-log.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { doorCertificate, gatewayDoor } from './gateway-door.ts';
import { gatewayIdentity } from './gateway-identity.ts';
import { GatewayInterlink } from './gateway-interlink.ts';
import { openSessionStore } from './session-store-config.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';
import { SYSTEM_RANDOM as random } from './system-random.ts';

export interface GatewayTrafficParts {
  readonly config: GatewayConfig;
  readonly boot: BootId;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  /** Of the door's TLS sessions; null: this process's own. */
  readonly ticketKeys: Buffer | null;
  /** Cells and health by another process; absent: this one looks after them. */
  readonly told?: { readonly startChecks: StartChecks; onOwnCells(cells: readonly CellDocument[]): void };
  /** Joins what decides on requests with the store, in this process or another's. */
  makeSide(parts: Omit<RequestSideParts, 'news' | 'onDrained'>): RequestSide;
  /** Health of a cell or a link changed, or a table came. */
  onHealth(): void;
}

/** What carries requests in one process: the door, the interlinks, the way to the cells, and what decides on them. */
export class GatewayTraffic {
  readonly identity: Identity;
  readonly pool: CellPool;
  readonly side: RequestSide;
  readonly interlink: GatewayInterlink;
  readonly #parts: GatewayTrafficParts;
  readonly #sessions: SessionStore | null;
  readonly #accessLog: AccessLog | null;
  readonly #door: ReturnType<typeof gatewayDoor>;

  /** Throws if a certificate cannot be read. */
  constructor(parts: GatewayTrafficParts) {
    this.#parts = parts;
    const { config, boot, log, metrics, told, ticketKeys } = parts;
    const { registry } = metrics;
    this.#sessions = openSessionStore(config.redis, log);
    this.identity = gatewayIdentity(config, metrics, this.#sessions);
    // Whoever is told about instances counts none of their checks.
    const observer = { ...cellMetrics(registry, () => this.pool.status()), ...(told && { checked: () => undefined }) };
    const startChecks = told && { startChecks: told.startChecks };
    const { cells: settings } = config;
    this.pool = new CellPool({
      settings,
      clock,
      random,
      resolver: systemResolver,
      observer,
      priorityOf: (request) => routePriority(this.side.routing.current?.view ?? null, request),
      ...startChecks,
    });
    this.side = parts.makeSide(this.#sideParts());
    this.#accessLog = config.accessLog ? gatewayAccessLog(config, told !== undefined) : null;
    const onChange = (): void => this.#healthChanged();
    this.interlink = new GatewayInterlink({ config, boot, guard: this.side.guarded, registry, log, onChange });
    this.#door = gatewayDoor(config.door, {
      pipeline: this.side.pipeline,
      observer: doorMetrics(registry),
      ticketKeys,
      onMalformed: (code) => metrics.malformed(code),
    });
    this.pool.onAvailabilityChange(onChange);
  }

  /** Resolves to the port. */
  listen(): Promise<number> {
    const { door } = this.#parts.config;
    return this.#door.listen(door.host, door.port);
  }

  /** In place of `listen`, where another process accepts; to be awaited before the first connection is taken. */
  async open(): Promise<void> {
    if (this.#door instanceof FastLane) await this.#door.open();
  }

  /**
   * A client's connection that another process accepted; returns the socket that it goes on with. The general lane takes none
   * (gateway-contradictions.ts).
   */
  take(socket: Socket): Socket {
    return this.#door instanceof FastLane ? this.#door.take(socket) : socket.destroy();
  }

  /** Serves what is open to its end, within the drain's limits. */
  async drain(): Promise<void> {
    await Promise.all([this.#door.drain(), this.interlink.drain(this.#parts.config.door)]);
  }

  /** After the drain: ends all ways out of here. What decides on requests is closed by whoever made it, between this and `end`. */
  async close(): Promise<void> {
    this.interlink.close();
    await Promise.all([this.pool.close(this.#parts.config.door.drainMs), this.identity.close()]);
  }

  async end(): Promise<void> {
    await this.#sessions?.close();
    this.#accessLog?.flush();
  }

  /** Reads the certificates' files again; on a mistake the old ones stay, and the log says so. */
  reloadCertificates(): void {
    const { config, ticketKeys, log } = this.#parts;
    try {
      this.interlink.reloadCertificates();
      const certificate = doorCertificate(config.door, ticketKeys);
      if (certificate !== null) this.#door.reloadCertificate(certificate);
      log.info('certificates read again');
    } catch (error) {
      log.error({ error: (error as Error).message }, 'the new certificates cannot be used; the old ones stay');
    }
  }

  /** Fetches key sets, so that the first tokens need not wait; what could not be fetched goes to the log. Never rejects. */
  async fetchKeys(): Promise<void> {
    for (const problem of await this.identity.fetchKeys()) this.#parts.log.warn(problem);
  }

  guardStatus(): GuardStatus {
    return guardStatus(this.side.guard, clock);
  }

  /** Its callbacks need what is made after it; none of them is called before there is a table. */
  #sideParts(): Omit<RequestSideParts, 'news' | 'onDrained'> {
    const { config, metrics, told } = this.#parts;
    const { dataCenter } = config;
    return {
      clock,
      random,
      dataCenter: dataCenter as DataCenterId,
      settings: coreSettings(config),
      cells: this.pool,
      compileIdentity: (route) => this.identity.compile(route),
      healthOf: (other) =>
        other === dataCenter
          ? { isReachable: true, isCellAvailable: (cell) => this.pool.isAvailable(cell as CellId) }
          : this.interlink.healthOf(other),
      onOwnCells: (cells) => (told === undefined ? this.pool.update(cells) : told.onOwnCells(cells)),
      upstreamOf: (other) => this.interlink.upstreamOf(other),
      holdObserver: holdMetrics(metrics.registry, () => this.side.holding),
      // Cells without an instance yet are told to other data centers, whose gateways then take this one's neighbour.
      applied: (table: Table) => {
        metrics.inForce(table);
        this.#healthChanged();
      },
      finished: (end) => this.#finished(end),
    };
  }

  #healthChanged(): void {
    const { routing } = this.side;
    routing.healthChanged();
    const unhealthy = routing.ownCells().filter((cell) => !this.pool.isAvailable(cell.id as CellId));
    this.interlink.setUnhealthyCells(unhealthy.map((cell) => cell.id as CellId));
    this.#parts.onHealth();
  }

  #finished(end: ExchangeEnd): void {
    this.#parts.metrics.finished(end);
    this.#accessLog?.add(end);
  }
}
