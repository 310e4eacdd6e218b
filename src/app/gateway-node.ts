import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { BootId, CellId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import type { Topology } from '../core/topology.ts';
import type { AccessLog } from '../gateway/access-log.ts';
import { createAdminServer } from '../gateway/admin-server.ts';
import { cellMetrics } from '../gateway/cell-metrics.ts';
import { CellPool } from '../gateway/cells/cell-pool.ts';
import { systemResolver } from '../gateway/cells/dns-resolver.ts';
import { RetryBudget } from '../gateway/cells/retry-budget.ts';
import { EdgeAnnouncer, type EdgeFacts } from '../gateway/edge-announcer.ts';
import type { ExchangeEnd } from '../gateway/exchange-end.ts';
import type { Holding } from '../gateway/holding/holding.ts';
import { Identity } from '../gateway/identity/identity.ts';
import { openKeySource } from '../gateway/identity/open-key-source.ts';
import type { SessionStore } from '../gateway/identity/session-store.ts';
import { DEFAULT_MESSAGE_LIMITS } from '../gateway/message/message-limits.ts';
import { GatewayMetrics } from '../gateway/metrics.ts';
import { Pipeline } from '../gateway/pipeline.ts';
import { RoutingState } from '../gateway/routing-state.ts';
import { TableFeed, type TableFeedEvent } from '../gateway/table-feed.ts';
import type { Upstream } from '../gateway/upstream.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { certificateFiles, readCertificate } from './certificate-files.ts';
import { FileWatch } from './file-watch.ts';
import { gatewayAccessLog } from './gateway-access-log.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { gatewayDoor } from './gateway-door.ts';
import { GatewayGuard } from './gateway-guard.ts';
import { gatewayHolding } from './gateway-holding.ts';
import { GatewayInterlink } from './gateway-interlink.ts';
import { listeningPort } from './listening-port.ts';
import { ownFacts } from './own-facts.ts';
import { openSessionStore } from './session-store-config.ts';
import { snapshotFile } from './snapshot-file.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';
import { SYSTEM_RANDOM as random } from './system-random.ts';
import { VERSION } from './version.ts';

/** How often the certificates' files are looked at for a change, ms. */
const CERTIFICATE_LOOK_MS = 5_000;

/** One gateway process: everything is made here and handed to each other; nothing else happens here. */
export class GatewayNode {
  readonly #config: GatewayConfig;
  readonly #log: Logger;
  readonly #boot: BootId;
  readonly #metrics = new GatewayMetrics();
  readonly #sessions: SessionStore | null;
  readonly #identity: Identity;
  readonly #pool: CellPool;
  readonly #routing: RoutingState;
  readonly #feed: TableFeed;
  readonly #guard: GatewayGuard;
  readonly #holding: Holding;
  readonly #interlink: GatewayInterlink;
  readonly #certificates: FileWatch;
  readonly #accessLog: AccessLog | null;
  readonly #lane: ReturnType<typeof gatewayDoor>;
  readonly #admin: FastifyInstance;
  readonly #announcer: EdgeAnnouncer;
  readonly #budget: RetryBudget;
  readonly #startedAt = clock.monotonicMs();
  readonly #ports = { door: 0, admin: 0, interlink: 0 };
  #warned: Topology | null = null;
  #isDraining = false;

  constructor(config: GatewayConfig, store: CoordStore, boot: BootId, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#boot = boot;
    const { retryShare: share, retryBurst: burst } = config.cells;
    this.#budget = new RetryBudget({ share, burst }, clock.monotonicMs());
    this.#sessions = openSessionStore(config.redis, log);
    this.#identity = new Identity({
      settings: config.identity,
      clock,
      count: (event) => this.#metrics.identity(event),
      sessionStore: this.#sessions,
      openKeySource,
    });
    this.#pool = new CellPool({
      settings: config.cells,
      clock,
      random,
      resolver: systemResolver,
      observer: cellMetrics(this.#metrics.registry),
    });
    this.#routing = this.#makeRouting();
    this.#feed = this.#makeFeed(store);
    const { registry } = this.#metrics;
    this.#guard = new GatewayGuard({
      config,
      store,
      boot,
      cells: this.#pool,
      registry,
      log,
      refreshTable: () => this.#feed.refresh(),
      address: () => this.#facts().interlink,
    });
    this.#holding = gatewayHolding(config.hold, registry, () => this.#routing.current?.table ?? null);
    this.#accessLog = config.accessLog ? gatewayAccessLog(config) : null;
    const guard = this.#guard.cells;
    const onChange = (): void => this.#healthChanged();
    this.#interlink = new GatewayInterlink({ config, store, boot, guard, registry, log, onChange });
    this.#lane = this.#makeLane(guard);
    this.#admin = this.#makeAdmin();
    this.#announcer = new EdgeAnnouncer({
      store,
      clock,
      beatMs: config.announce.beatMs,
      facts: () => this.#facts(),
      onError: (detail) => log.warn({ detail }, 'the record of this gateway could not be written'),
    });
    this.#pool.onAvailabilityChange(onChange);
    const files = certificateFiles(config);
    this.#certificates = new FileWatch(files, clock, CERTIFICATE_LOOK_MS, () => this.reloadCertificates());
  }

  /** Addresses that it listens on. Rejects if a port cannot be had; the store may be down. */
  async start(): Promise<{ readonly door: number; readonly admin: number; readonly interlink: number }> {
    const { door, admin } = this.#config;
    this.#ports.interlink = await this.#interlink.listen();
    await this.#admin.listen({ host: admin.host, port: admin.port });
    this.#ports.admin = listeningPort(this.#admin);
    await this.#feed.start();
    await this.#guard.start();
    this.#ports.door = await this.#lane.listen(door.host, door.port);
    this.#announcer.announce();
    await this.#interlink.start();
    void this.#identity.fetchKeys().then((problems) => problems.forEach((problem) => void this.#log.warn(problem)));
    this.#log.info({ ...this.#ports, epoch: this.#feed.current?.epoch ?? null }, 'gateway started');
    return this.#ports;
  }

  /** Serves what is open to its end, within the drain's limits, then ends everything. */
  async stop(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#log.info('draining');
    const { drainMs } = this.#config.door;
    this.#certificates.close();
    // The record is taken away meanwhile: a store that is down must not delay the drain.
    await Promise.all([this.#announcer.close(), this.#lane.drain(), this.#interlink.drain(drainMs)]);
    await Promise.all([this.#interlink.close(), this.#feed.close(), this.#pool.close(drainMs), this.#identity.close()]);
    // Now nothing is in flight, and nobody needs to wait for this guard.
    await Promise.all([this.#guard.close(), this.#sessions?.close(), this.#admin.close()]);
    this.#accessLog?.flush();
    this.#log.info('gateway stopped');
  }

  /** Reads the certificates' files again; on a mistake the old ones stay, and the log says so. */
  reloadCertificates(): void {
    try {
      this.#interlink.reloadCertificates();
      const { tls } = this.#config.door;
      if (tls !== null) this.#lane.reloadCertificate(readCertificate(tls));
      this.#log.info('certificates read again');
    } catch (error) {
      this.#log.error({ error: (error as Error).message }, 'the new certificates cannot be used; the old ones stay');
    }
  }

  #makeRouting(): RoutingState {
    const { dataCenter, message } = this.#config;
    return new RoutingState({
      dataCenter,
      limits: { ...DEFAULT_MESSAGE_LIMITS, ...message },
      compileIdentity: (route) => this.#identity.compile(route),
      healthOf: (other) =>
        other === dataCenter
          ? { isReachable: true, isCellAvailable: (cell) => this.#pool.isAvailable(cell as CellId) }
          : this.#interlink.healthOf(other),
      onOwnCells: (cells) => this.#pool.update(cells),
    });
  }

  #makeFeed(store: CoordStore): TableFeed {
    const { realm, directory, tableFeed } = this.#config;
    const snapshot = snapshotFile(join(directory, 'table.snapshot'));
    const onEvent = (event: TableFeedEvent): void => this.#tableEvent(event);
    const apply = (table: Table): void => this.#apply(table);
    return new TableFeed({ store, realm, clock, snapshot, settings: tableFeed, apply, onEvent });
  }

  /** The guard first: nothing is decided by a table that it does not know. A table that cannot be run reaches nobody. */
  #apply(table: Table): void {
    this.#routing.apply(table);
    this.#guard.applied(table);
    this.#holding.tableChanged();
    // Cells without an instance yet are told to other data centers, whose gateways then take this one's neighbour.
    this.#healthChanged();
  }

  #makeLane(guard: Upstream): ReturnType<typeof gatewayDoor> {
    const { door, dataCenter, message } = this.#config;
    const pipeline = new Pipeline({
      clock,
      random,
      dataCenter,
      limits: { ...DEFAULT_MESSAGE_LIMITS, ...message },
      current: () => this.#routing.current,
      place: this.#routing.cells,
      upstreamOf: (other) => (other === dataCenter ? guard : this.#interlink.upstreamOf(other)),
      holding: this.#holding,
      catchUp: () => this.#feed.refresh(),
      mayResend: () => this.#budget.withdraw(clock.monotonicMs()),
      finished: (end) => this.#finished(end),
      debugHeaders: door.debugHeaders,
      traceSampled: door.traceSampled,
    });
    return gatewayDoor(door, pipeline, (code) => this.#metrics.malformed(code));
  }

  #makeAdmin(): FastifyInstance {
    return createAdminServer({
      registry: this.#metrics.registry,
      token: this.#config.admin.token,
      notReady: () => this.#notReady(),
      status: () => this.#status(),
      register: (cell, instance, { address }) => {
        const result = this.#pool.register(cell as CellId, instance, address);
        return result.ok ? null : result.detail;
      },
      deregister: (cell, instance) => void this.#pool.deregister(cell as CellId, instance),
    });
  }

  #tableEvent(event: TableFeedEvent): void {
    this.#metrics.table(event);
    if (event.kind === 'applied') {
      this.#log.info({ epoch: event.table.epoch, from: event.from }, 'table in force');
      this.#announcer?.announce();
      this.#warnOfIdentity(event.table);
    } else if (!('isRepeated' in event && event.isRepeated)) {
      this.#log.warn(event, 'table feed');
    }
  }

  /** Says once for each topology which identity sources this gateway cannot look at. */
  #warnOfIdentity({ topology }: Table): void {
    if (this.#warned === topology) return;
    this.#warned = topology;
    const sources = topology.routes.flatMap((route) => route.identity);
    for (const warning of new Set(this.#identity.warnings(sources))) this.#log.warn(warning);
  }

  #healthChanged(): void {
    this.#routing.healthChanged();
    const unhealthy = this.#routing.ownCells().filter((cell) => !this.#pool.isAvailable(cell.id as CellId));
    this.#interlink.setUnhealthyCells(unhealthy.map((cell) => cell.id as CellId));
    this.#announcer?.announce();
  }

  #finished(end: ExchangeEnd): void {
    this.#budget.deposit();
    this.#metrics.finished(end);
    this.#accessLog?.add(end);
  }

  #notReady(): string | null {
    if (this.#isDraining) return 'draining';
    if (this.#routing.current === null) return 'no table: the store was not read yet and there is no snapshot';
    return this.#isWarmingUp() ? 'its cells were not heard of yet' : null;
  }

  /** Instances that register themselves need a heartbeat to be known again; after that time a silent one is a dead one. */
  #isWarmingUp(): boolean {
    const cells = this.#routing.ownCells();
    if (cells.length === 0 || clock.monotonicMs() - this.#startedAt > this.#config.cells.heartbeatMs) return false;
    return !cells.some((cell) => this.#pool.isAvailable(cell.id as CellId));
  }

  #status(): unknown {
    const { current } = this.#routing;
    return {
      node: this.#config.node,
      boot: this.#boot,
      dataCenter: this.#config.dataCenter,
      version: VERSION,
      table: current && { incarnation: current.table.incarnation, epoch: current.table.epoch },
      guard: this.#guard.status(),
      held: this.#holding.size,
      cells: this.#pool.status(),
      peers: this.#interlink.status(),
      unavailableCells: this.#routing.unavailableCells(),
    };
  }

  #facts(): EdgeFacts {
    const { current } = this.#routing;
    return ownFacts(this.#config, this.#boot, this.#ports, {
      table: current?.table ?? null,
      cells: this.#pool.status(),
    });
  }
}
