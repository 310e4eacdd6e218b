import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { BootId, CellId } from '../../core/ids.ts';
import { createAdminServer } from '../../gateway/admin-server.ts';
import type { Identity } from '../../gateway/identity/identity.ts';
import { GatewayMetrics } from '../../gateway/metrics.ts';
import type { PeerDirectory } from '../../gateway/peer-directory.ts';
import { RoutingState } from '../../gateway/routing-state.ts';
import type { Port, UpMessage } from '../../gateway/workers/worker-message.ts';
import type { CoordStore } from '../../store/coord-store.ts';
import { certificateFiles } from '../certificate-files.ts';
import { coreSettings } from '../core-settings.ts';
import { FileWatch } from '../file-watch.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { gatewayIdentity, UNASKED_SESSIONS } from '../gateway-identity.ts';
import { MAX_CONNECTIONS } from '../gateway-interlink.ts';
import { CERTIFICATE_LOOK_MS } from '../gateway-node.ts';
import { gatewayPeers } from '../gateway-peers.ts';
import { whyNotReady } from '../gateway-readiness.ts';
import { listeningPort } from '../listening-port.ts';
import { ownFacts } from '../own-facts.ts';
import { SYSTEM_CLOCK as clock } from '../system-clock.ts';
import { ParentCells } from './parent-cells.ts';
import { ParentReport } from './parent-report.ts';
import { ParentStore } from './parent-store.ts';
import { PortHandout } from './port-handout.ts';
import { WorkerCrew } from './worker-crew.ts';
import { type WorkerCounters, workerMetrics } from './worker-metrics.ts';
import type { WorkerProcess } from './worker-process.ts';

/** What OpenSSL wants of ticket keys. */
const TICKET_KEY_BYTES = 48;

/** A gateway of several processes: this one owns the store, the ports and the records, workers own the connections. */
export class GatewayParent {
  readonly #config: GatewayConfig;
  readonly #log: Logger;
  readonly #boot: BootId;
  readonly #metrics = new GatewayMetrics();
  readonly #identity: Identity;
  readonly #cells: ParentCells;
  readonly #routing: RoutingState;
  readonly #store: ParentStore;
  readonly #crew: WorkerCrew;
  readonly #counters: WorkerCounters;
  readonly #report: ParentReport;
  readonly #handouts: Readonly<Record<Port, PortHandout>>;
  readonly #peers: PeerDirectory;
  #certificates: FileWatch;
  readonly #admin: FastifyInstance;
  readonly #startedAt = clock.monotonicMs();
  readonly #ports = { door: 0, admin: 0, interlink: 0 };
  #renewing: Promise<void> | null = null;
  #isDraining = false;

  constructor(config: GatewayConfig, store: CoordStore, boot: BootId, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#boot = boot;
    const { registry } = this.#metrics;
    // It compiles routes, to know that a table can be run, and asks nobody for a user.
    this.#identity = gatewayIdentity(config, this.#metrics, config.redis === null ? null : UNASKED_SESSIONS);
    this.#cells = new ParentCells(config, registry, (cells) => this.#store.world.cells(cells));
    this.#routing = this.#makeRouting();
    this.#crew = this.#makeCrew();
    this.#store = this.#makeStore(store);
    this.#counters = workerMetrics(registry, () => this.#workerGauges());
    this.#report = this.#makeReport();
    this.#handouts = this.#makeHandouts();
    this.#peers = gatewayPeers(config, store, log, (peers) => this.#store.world.peers(peers));
    this.#admin = this.#makeAdmin();
    this.#certificates = this.#watchCertificates(config);
    this.#cells.pool.onAvailabilityChange(() => this.#store.side.announce());
  }

  /** Addresses that it listens on. Rejects if a port cannot be had or no worker can serve; the store may be down. */
  async start(): Promise<{ readonly door: number; readonly admin: number; readonly interlink: number }> {
    const { admin, interlink, door } = this.#config;
    this.#ports.interlink = await this.#handouts.interlink.listen(interlink.host, interlink.port);
    await this.#admin.listen({ host: admin.host, port: admin.port });
    this.#ports.admin = listeningPort(this.#admin);
    await this.#store.side.start();
    await this.#peers.start();
    await this.#crew.renew(this.#config);
    this.#ports.door = await this.#handouts.door.listen(door.host, door.port);
    this.#store.side.announce();
    const workers = this.#crew.all.map(({ pid }) => pid);
    this.#log.info({ ...this.#ports, workers, epoch: this.#store.guard.table?.epoch ?? null }, 'gateway started');
    return this.#ports;
  }

  /** Serves what is open to its end, within the drain's limits, then ends everything. */
  async stop(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#log.info('draining');
    this.#certificates.close();
    for (const handout of Object.values(this.#handouts)) handout.close();
    await Promise.all([this.#store.side.leave(), this.#crew.end()]);
    await Promise.all([this.#peers.close(), this.#cells.close(), this.#identity.close()]);
    await Promise.all([this.#store.close(), this.#admin.close()]);
    this.#log.info('gateway stopped');
  }

  /**
   * Hot restart: new workers by this configuration take all new connections as soon as they serve; those of before end what they
   * have. If one of the new ones cannot start, those of before stay, and the log says why. One at a time; never rejects.
   */
  renew(config: GatewayConfig): Promise<void> {
    const run = async (): Promise<void> => {
      try {
        await this.#crew.renew(config);
        this.#certificates.close();
        this.#certificates = this.#watchCertificates(config);
        this.#log.info({ workers: this.#crew.serving.map(({ pid }) => pid) }, 'new workers serve');
      } catch (error) {
        this.#log.error({ error: (error as Error).message }, 'new workers cannot serve; the old ones stay');
      }
    };
    this.#renewing = (this.#renewing ?? Promise.resolve()).then(() => (this.#isDraining ? undefined : run()));
    return this.#renewing;
  }

  #watchCertificates(config: GatewayConfig): FileWatch {
    const reload = (): void => this.#store.world.tell({ kind: 'reload' });
    return new FileWatch(certificateFiles(config), clock, CERTIFICATE_LOOK_MS, reload);
  }

  #makeRouting(): RoutingState {
    const { dataCenter } = this.#config;
    const { limits } = coreSettings(this.#config);
    const { pool } = this.#cells;
    return new RoutingState({
      dataCenter,
      ...(limits && { limits }),
      compileIdentity: (route) => this.#identity.compile(route),
      healthOf: (other) => ({
        isReachable: other === dataCenter,
        isCellAvailable: (cell) => pool.isAvailable(cell as CellId),
      }),
      onOwnCells: (cells) => {
        pool.update(cells);
        this.#cells.lookSoon();
      },
    });
  }

  #makeStore(store: CoordStore): ParentStore {
    return new ParentStore({
      config: this.#config,
      store,
      boot: this.#boot,
      log: this.#log,
      metrics: this.#metrics,
      identity: this.#identity,
      workers: () => this.#crew.all,
      apply: (table) => this.#routing.apply(table),
      facts: () => ownFacts(this.#config, this.#boot, this.#ports, { table: null, cells: this.#cells.pool.status() }),
    });
  }

  #makeCrew(): WorkerCrew {
    return new WorkerCrew({
      clock,
      log: this.#log,
      boot: this.#boot,
      ticketKeys: ({ door }) => (door.tls === null ? null : randomBytes(TICKET_KEY_BYTES).toString('base64')),
      message: (worker, message) => this.#heard(worker, message),
      changed: () => this.#proceed(),
      died: ({ id }) => {
        this.#store.died(id);
        this.#report.died(id);
        this.#proceed();
      },
      lost: (reason) => this.#counters.lost(reason),
    });
  }

  #makeReport(): ParentReport {
    return new ParentReport({
      config: this.#config,
      boot: this.#boot,
      metrics: this.#metrics,
      counters: this.#counters,
      store: this.#store,
      cells: this.#cells,
      workers: () => this.#crew.all,
    });
  }

  #makeHandouts(): Readonly<Record<Port, PortHandout>> {
    const { maxWaiting, waitMs } = this.#config.workers;
    const workers = (): readonly WorkerProcess[] => this.#crew.serving;
    const parts = { clock, maxWaiting, waitMs, workers, turnedAway: () => this.#counters.turnedAway() };
    const { maxConnections } = this.#config.door;
    return {
      door: new PortHandout({ ...parts, port: 'door', maxConnections }),
      interlink: new PortHandout({ ...parts, port: 'interlink', maxConnections: MAX_CONNECTIONS }),
    };
  }

  #proceed(): void {
    for (const handout of Object.values(this.#handouts)) handout.proceed();
  }

  #heard(worker: WorkerProcess, message: UpMessage): void {
    const { world, side } = this.#store;
    if (message.kind === 'up') world.begin(worker);
    else if (message.kind === 'ran') this.#store.said(worker.id, message);
    else if (message.kind === 'unusable')
      this.#log.error({ worker: worker.id, detail: message.detail }, 'a worker cannot run the table');
    else if (message.kind === 'want') {
      const { news } = message;
      const read = news === 'table' ? side.news.refreshTable() : side.news.renew();
      void read.then(() => worker.send({ kind: 'news', news }));
    } else this.#report.heard(worker, message);
  }

  #makeAdmin(): FastifyInstance {
    const { pool } = this.#cells;
    return createAdminServer({
      metrics: () => this.#report.metrics(),
      token: this.#config.admin.token,
      notReady: () => this.#notReady(),
      status: () => this.#report.status(),
      register: (cell, instance, { address }) => {
        const result = pool.register(cell as CellId, instance, address);
        this.#cells.lookSoon();
        return result.ok ? null : result.detail;
      },
      deregister: (cell, instance) => {
        pool.deregister(cell as CellId, instance);
        this.#cells.lookSoon();
      },
    });
  }

  #workerGauges(): { readonly serving: number; readonly draining: number; readonly waiting: number } {
    const draining = this.#crew.all.filter(({ state }) => state === 'draining').length;
    const waiting = Object.values(this.#handouts).reduce((sum, { waiting: own }) => sum + own, 0);
    return { serving: this.#crew.serving.length, draining, waiting };
  }

  #notReady(): string | null {
    if (!this.#isDraining && this.#crew.serving.length === 0) return 'no worker serves';
    const { heartbeatMs } = this.#config.cells;
    const { pool } = this.#cells;
    return whyNotReady({
      isDraining: this.#isDraining,
      routing: this.#routing,
      pool,
      startedAt: this.#startedAt,
      heartbeatMs,
    });
  }
}
