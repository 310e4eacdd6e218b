import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { BootId, CellId, DataCenterId, NodeId, RealmId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import type { ErrorCode } from '../errors.ts';
import { accessLine } from '../gateway/access-line.ts';
import { createAdminServer } from '../gateway/admin-server.ts';
import { cellMetrics } from '../gateway/cell-metrics.ts';
import { CellPool } from '../gateway/cells/cell-pool.ts';
import { systemResolver } from '../gateway/cells/dns-resolver.ts';
import { RetryBudget } from '../gateway/cells/retry-budget.ts';
import { EdgeAnnouncer, type EdgeFacts } from '../gateway/edge-announcer.ts';
import type { ExchangeEnd } from '../gateway/exchange-end.ts';
import { GuardedCells } from '../gateway/guarded-cells.ts';
import { Identity } from '../gateway/identity/identity.ts';
import { openKeySource } from '../gateway/identity/open-key-source.ts';
import type { SessionStore } from '../gateway/identity/session-store.ts';
import type { InterlinkCertificates } from '../gateway/interlink/interlink-certificates.ts';
import { InterlinkDialer } from '../gateway/interlink/interlink-dialer.ts';
import { InterlinkListener } from '../gateway/interlink/interlink-listener.ts';
import { InterlinkServer } from '../gateway/interlink/interlink-server.ts';
import { interlinkMetrics } from '../gateway/interlink-metrics.ts';
import { GeneralLane } from '../gateway/lanes/general-lane.ts';
import { DEFAULT_MESSAGE_LIMITS } from '../gateway/message/message-limits.ts';
import { GatewayMetrics } from '../gateway/metrics.ts';
import { PeerDirectory } from '../gateway/peer-directory.ts';
import { Peers } from '../gateway/peers.ts';
import { Pipeline } from '../gateway/pipeline.ts';
import { RoutingState } from '../gateway/routing-state.ts';
import { TableFeed, type TableFeedEvent } from '../gateway/table-feed.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { HEAD_FORMATS } from '../store/records/head-record.ts';
import { cellReports } from './cell-reports.ts';
import type { CertificateFiles, GatewayConfig } from './gateway-config.ts';
import { openSessionStore } from './session-store-config.ts';
import { snapshotFile } from './snapshot-file.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';
import { SYSTEM_RANDOM as random } from './system-random.ts';
import { VERSION } from './version.ts';

/** Interlink connections that one gateway takes at most; each peer uses one or few. */
const MAX_INTERLINK_CONNECTIONS = 1_000;
/** How long the streams of a gateway that left the directory may take to end. */
const RETIRE_MS = 60_000;

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
  readonly #peers: Peers;
  readonly #directory: PeerDirectory;
  readonly #server: InterlinkServer;
  readonly #listener: InterlinkListener;
  readonly #dialer: InterlinkDialer;
  readonly #lane: GeneralLane;
  readonly #admin: FastifyInstance;
  readonly #announcer: EdgeAnnouncer;
  readonly #budget: RetryBudget;
  readonly #ports = { door: 0, admin: 0, interlink: 0 };
  #isDraining = false;

  constructor(config: GatewayConfig, store: CoordStore, boot: BootId, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#boot = boot;
    this.#budget = new RetryBudget(
      { share: config.cells.retryShare, burst: config.cells.retryBurst },
      clock.monotonicMs(),
    );
    this.#sessions = openSessionStore(config.redis, log);
    this.#identity = new Identity({
      settings: config.identity,
      clock,
      count: (event) => this.#metrics.identity(event),
      sessionStore: this.#sessions,
      openKeySource,
    });
    const cellObserver = cellMetrics(this.#metrics.registry);
    this.#pool = new CellPool({
      settings: config.cells,
      clock,
      random,
      resolver: systemResolver,
      observer: cellObserver,
    });
    this.#routing = this.#makeRouting();
    this.#feed = this.#makeFeed(store);
    const guard = this.#makeGuard();
    const certificates = readInterlinkCertificates(config);
    const observer = interlinkMetrics(this.#metrics.registry, (fields, message) => log.warn(fields, message));
    const own = {
      realm: config.realm as RealmId,
      dataCenter: config.dataCenter as DataCenterId,
      node: config.node as NodeId,
      boot,
      formats: HEAD_FORMATS,
    };
    const limits = config.interlink;
    this.#server = new InterlinkServer({ own, upstream: guard, clock, limits, observer });
    this.#listener = new InterlinkListener({
      certificates,
      server: this.#server,
      clock,
      observer,
      handshakeMs: limits.dialMs,
      maxConnections: MAX_INTERLINK_CONNECTIONS,
    });
    this.#dialer = new InterlinkDialer(certificates, clock);
    this.#peers = new Peers({
      realm: config.realm,
      clock,
      link: { own, dialer: this.#dialer, clock, random, limits, observer },
      retireMs: RETIRE_MS,
      onChange: () => this.#healthChanged(),
    });
    this.#directory = this.#makeDirectory(store);
    this.#lane = this.#makeLane(guard);
    this.#admin = this.#makeAdmin();
    this.#announcer = new EdgeAnnouncer({
      store,
      clock,
      beatMs: config.announce.beatMs,
      facts: () => this.#facts(),
      onError: (detail) => log.warn({ detail }, 'the record of this gateway could not be written'),
    });
    this.#pool.onAvailabilityChange(() => this.#healthChanged());
  }

  /** Addresses that it listens on. Rejects if a port cannot be had; the store may be down. */
  async start(): Promise<{ readonly door: number; readonly admin: number; readonly interlink: number }> {
    const { door, admin, interlink } = this.#config;
    this.#ports.interlink = (await this.#listener.listen(interlink.port, interlink.host)).port;
    await this.#admin.listen({ host: admin.host, port: admin.port });
    this.#ports.admin = portOf(this.#admin);
    await this.#feed.start();
    this.#ports.door = await this.#lane.listen(door.host, door.port);
    this.#announcer.announce();
    await this.#directory.start();
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
    this.#listener.close();
    // The record is taken away meanwhile: a store that is down must not delay the drain.
    await Promise.all([this.#announcer.close(), this.#lane.drain(), this.#server.drain(drainMs)]);
    await Promise.all([this.#directory.close(), this.#feed.close(), this.#pool.close(drainMs), this.#identity.close()]);
    this.#peers.close();
    await Promise.all([this.#sessions?.close(), this.#admin.close()]);
    this.#log.info('gateway stopped');
  }

  /** Reads the certificates' files again; on a mistake the old ones stay, and the log says so. */
  reloadCertificates(): void {
    try {
      const certificates = readInterlinkCertificates(this.#config);
      this.#listener.reloadCertificates(certificates);
      this.#dialer.reloadCertificates(certificates);
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
          : this.#peers.healthOf(other),
      onOwnCells: (cells) => this.#pool.update(cells),
    });
  }

  #makeFeed(store: CoordStore): TableFeed {
    const { realm, directory, tableFeed } = this.#config;
    const snapshot = snapshotFile(join(directory, 'table.snapshot'));
    const onEvent = (event: TableFeedEvent): void => this.#tableEvent(event);
    const apply = (table: Table): void => this.#routing.apply(table);
    return new TableFeed({ store, realm, clock, snapshot, settings: tableFeed, apply, onEvent });
  }

  #makeGuard(): GuardedCells {
    const routing = this.#routing;
    const feed = this.#feed;
    return new GuardedCells({
      tables: {
        get current() {
          return routing.current?.table ?? null;
        },
        refresh: () => feed.refresh(),
      },
      dataCenter: this.#config.dataCenter,
      cells: this.#pool,
    });
  }

  #makeDirectory(store: CoordStore): PeerDirectory {
    const { dataCenter, directory, tableFeed } = this.#config;
    return new PeerDirectory({
      store,
      clock,
      dataCenter,
      pollMs: tableFeed.pollMs * 4,
      snapshot: snapshotFile(join(directory, 'peers.snapshot')),
      onPeers: (peers) => this.#peers.update(peers),
      onBadRecord: (detail) => this.#log.warn({ detail }, 'a gateway’s record cannot be used'),
    });
  }

  #makeLane(guard: GuardedCells): GeneralLane {
    const { door, dataCenter, message } = this.#config;
    const pipeline = new Pipeline({
      clock,
      random,
      dataCenter,
      limits: { ...DEFAULT_MESSAGE_LIMITS, ...message },
      current: () => this.#routing.current,
      place: this.#routing.cells,
      upstreamOf: (other) => (other === dataCenter ? guard : this.#peers.upstreamOf(other)),
      catchUp: () => this.#feed.refresh(),
      mayResend: () => this.#budget.withdraw(clock.monotonicMs()),
      finished: (end) => this.#finished(end),
      debugHeaders: door.debugHeaders,
      traceSampled: door.traceSampled,
    });
    const certificate = door.tls === null ? null : readCertificate(door.tls);
    const { proxyProtocol } = door;
    const onMalformed = (code: ErrorCode): void => this.#metrics.malformed(code);
    return new GeneralLane({ pipeline, clock, settings: door, certificate, proxyProtocol, onMalformed });
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
    } else if (!('isRepeated' in event && event.isRepeated)) {
      this.#log.warn(event, 'table feed');
    }
  }

  #healthChanged(): void {
    this.#routing.healthChanged();
    const unhealthy = this.#routing.ownCells().filter((cell) => !this.#pool.isAvailable(cell.id as CellId));
    this.#server.setUnhealthyCells(unhealthy.map((cell) => cell.id as CellId));
    this.#announcer?.announce();
  }

  #finished(end: ExchangeEnd): void {
    this.#budget.deposit();
    this.#metrics.finished(end);
    if (this.#config.accessLog) this.#log.info(accessLine(end), 'request');
  }

  #notReady(): string | null {
    if (this.#isDraining) return 'draining';
    return this.#routing.current === null ? 'no table: the store was not read yet and there is no snapshot' : null;
  }

  #status(): unknown {
    const { current } = this.#routing;
    return {
      node: this.#config.node,
      boot: this.#boot,
      dataCenter: this.#config.dataCenter,
      version: VERSION,
      table: current === null ? null : { incarnation: current.table.incarnation, epoch: current.table.epoch },
      cells: this.#pool.status(),
      peers: this.#peers.status(),
      unavailableCells: this.#routing.unavailableCells(),
    };
  }

  #facts(): EdgeFacts {
    const { node, dataCenter, door, admin, interlink } = this.#config;
    const table = this.#routing.current?.table;
    const ports = this.#ports;
    return {
      node: node as NodeId,
      boot: this.#boot,
      dataCenter: dataCenter as DataCenterId,
      version: VERSION,
      formats: HEAD_FORMATS,
      door: door.advertise ?? `${door.host}:${ports.door}`,
      admin: admin.advertise ?? `${admin.host}:${ports.admin}`,
      interlink: interlink.advertise ?? `${interlink.host}:${ports.interlink}`,
      applied: table === undefined ? null : { incarnation: table.incarnation, epoch: table.epoch },
      cells: cellReports(this.#pool.status()),
    };
  }
}

function readCertificate({ cert, key }: CertificateFiles): { cert: string; key: string } {
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

function readInterlinkCertificates({ interlink }: GatewayConfig): InterlinkCertificates {
  return {
    caPem: readFileSync(interlink.ca, 'utf8'),
    certPem: readFileSync(interlink.cert, 'utf8'),
    keyPem: readFileSync(interlink.key, 'utf8'),
  };
}

function portOf(app: FastifyInstance): number {
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
