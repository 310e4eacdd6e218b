import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { BootId, CellId, DataCenterId, NodeId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import { createAdminServer } from '../gateway/admin-server.ts';
import type { EdgeFacts } from '../gateway/edge-announcer.ts';
import { GatewayCore, type GatewayCoreParts } from '../gateway/gateway-core.ts';
import { guardMetrics } from '../gateway/guard/guard-metrics.ts';
import type { RenewalEvent } from '../gateway/guard/guard-renewal.ts';
import { GatewayMetrics } from '../gateway/metrics.ts';
import type { PeerDirectory } from '../gateway/peer-directory.ts';
import type { RequestSide } from '../gateway/request-side.ts';
import type { TableFeedEvent } from '../gateway/table-feed.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { certificateFiles } from './certificate-files.ts';
import { coreSettings } from './core-settings.ts';
import { FileWatch } from './file-watch.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { gatewayPeers } from './gateway-peers.ts';
import { whyNotReady } from './gateway-readiness.ts';
import { GatewayTraffic } from './gateway-traffic.ts';
import { listeningPort } from './listening-port.ts';
import { ownFacts } from './own-facts.ts';
import { renewalLog } from './renewal-log.ts';
import { snapshotFile } from './snapshot-file.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';
import { TableLog } from './table-log.ts';
import { VERSION } from './version.ts';

/** How often the certificates' files are looked at for a change, ms. */
export const CERTIFICATE_LOOK_MS = 5_000;

/** A gateway in one process: everything is made here and handed to each other; nothing else happens here. */
export class GatewayNode {
  readonly #config: GatewayConfig;
  readonly #log: Logger;
  readonly #boot: BootId;
  readonly #metrics = new GatewayMetrics();
  readonly #traffic: GatewayTraffic;
  readonly #core: GatewayCore;
  readonly #tableLog: TableLog;
  readonly #logRenewal: (event: RenewalEvent) => void;
  readonly #countRenewal: (event: RenewalEvent) => void;
  readonly #peers: PeerDirectory;
  readonly #certificates: FileWatch;
  readonly #admin: FastifyInstance;
  readonly #startedAt = clock.monotonicMs();
  readonly #ports = { door: 0, admin: 0, interlink: 0 };
  #isDraining = false;

  constructor(config: GatewayConfig, store: CoordStore, boot: BootId, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#boot = boot;
    const holder: { core: GatewayCore | null } = { core: null };
    this.#traffic = new GatewayTraffic({
      config,
      boot,
      log,
      metrics: this.#metrics,
      ticketKeys: null,
      makeSide: (parts): RequestSide => {
        holder.core = new GatewayCore({ ...parts, ...this.#storeParts(store) });
        return holder.core.requests;
      },
      onHealth: () => this.#core.announce(),
    });
    if (holder.core === null) throw new Error('a gateway has a core');
    this.#core = holder.core;
    const { guarded } = this.#core;
    const guardNow = () => ({ ...this.#traffic.guardStatus(), upgrades: guarded.upgrades });
    this.#countRenewal = guardMetrics(this.#metrics.registry, guardNow);
    this.#logRenewal = renewalLog(log, () => this.#traffic.guardStatus());
    this.#tableLog = new TableLog(log, this.#traffic.identity);
    this.#peers = gatewayPeers(config, store, log, (peers) => this.#traffic.interlink.updatePeers(peers));
    this.#admin = this.#makeAdmin();
    const files = certificateFiles(config);
    this.#certificates = new FileWatch(files, clock, CERTIFICATE_LOOK_MS, () => this.reloadCertificates());
  }

  /** Addresses that it listens on. Rejects if a port cannot be had; the store may be down. */
  async start(): Promise<{ readonly door: number; readonly admin: number; readonly interlink: number }> {
    const { admin } = this.#config;
    this.#ports.interlink = await this.#traffic.interlink.listen();
    await this.#admin.listen({ host: admin.host, port: admin.port });
    this.#ports.admin = listeningPort(this.#admin);
    await this.#core.start();
    this.#ports.door = await this.#traffic.listen();
    this.#core.announce();
    await this.#peers.start();
    void this.#traffic.fetchKeys();
    this.#log.info({ ...this.#ports, epoch: this.#core.feed.current?.epoch ?? null }, 'gateway started');
    return this.#ports;
  }

  /** Serves what is open to its end, within the drain's limits, then ends everything. */
  async stop(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#log.info('draining');
    this.#certificates.close();
    // The record is taken away meanwhile: a store that is down must not delay the drain.
    await Promise.all([this.#core.leave(), this.#traffic.drain()]);
    await Promise.all([this.#peers.close(), this.#traffic.close()]);
    // Now nothing is in flight, and nobody needs to wait for this guard.
    await Promise.all([this.#core.close(), this.#traffic.end(), this.#admin.close()]);
    this.#log.info('gateway stopped');
  }

  /** Reads the certificates' files again; on a mistake the old ones stay, and the log says so. */
  reloadCertificates(): void {
    this.#traffic.reloadCertificates();
  }

  #storeParts(
    store: CoordStore,
  ): Pick<
    GatewayCoreParts,
    | 'store'
    | 'realm'
    | 'node'
    | 'boot'
    | 'dataCenter'
    | 'version'
    | 'settings'
    | 'snapshot'
    | 'facts'
    | 'onTable'
    | 'onRenewal'
    | 'onRecordError'
  > {
    const { realm, node, directory, dataCenter } = this.#config;
    return {
      store,
      realm,
      node: node as NodeId,
      boot: this.#boot,
      dataCenter: dataCenter as DataCenterId,
      version: VERSION,
      settings: coreSettings(this.#config),
      snapshot: snapshotFile(join(directory, 'table.snapshot')),
      facts: (table) => this.#facts(table),
      onTable: (event) => this.#tableEvent(event),
      onRenewal: (event) => {
        this.#countRenewal(event);
        this.#logRenewal(event);
      },
      onRecordError: (record, detail) =>
        this.#log.warn({ record, detail }, 'a record of this gateway could not be written'),
    };
  }

  #makeAdmin(): FastifyInstance {
    const { pool } = this.#traffic;
    const { registry } = this.#metrics;
    return createAdminServer({
      metrics: async () => ({ type: registry.contentType, text: await registry.metrics() }),
      token: this.#config.admin.token,
      notReady: () => this.#notReady(),
      status: () => this.#status(),
      register: (cell, instance, { address }) => {
        const result = pool.register(cell as CellId, instance, address);
        return result.ok ? null : result.detail;
      },
      deregister: (cell, instance) => void pool.deregister(cell as CellId, instance),
    });
  }

  #tableEvent(event: TableFeedEvent): void {
    this.#metrics.table(event);
    this.#tableLog.note(event);
    if (event.kind === 'applied') this.#core.announce();
  }

  #notReady(): string | null {
    const { heartbeatMs } = this.#config.cells;
    const { routing } = this.#core;
    const { pool } = this.#traffic;
    return whyNotReady({ isDraining: this.#isDraining, routing, pool, startedAt: this.#startedAt, heartbeatMs });
  }

  #status(): unknown {
    const { current } = this.#core.routing;
    return {
      node: this.#config.node,
      boot: this.#boot,
      dataCenter: this.#config.dataCenter,
      version: VERSION,
      table: current && { incarnation: current.table.incarnation, epoch: current.table.epoch },
      guard: this.#traffic.guardStatus(),
      held: this.#core.holding.size,
      cells: this.#traffic.pool.status(),
      peers: this.#traffic.interlink.status(),
      unavailableCells: this.#core.routing.unavailableCells(),
    };
  }

  #facts(table: Table | null): EdgeFacts {
    return ownFacts(this.#config, this.#boot, this.#ports, { table, cells: this.#traffic.pool.status() });
  }
}
