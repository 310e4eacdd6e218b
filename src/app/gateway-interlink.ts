import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { BootId, CellId, DataCenterId, NodeId, RealmId } from '../core/ids.ts';
import type { DataCenterHealth } from '../gateway/cell-directory.ts';
import type { InterlinkCertificates } from '../gateway/interlink/interlink-certificates.ts';
import { InterlinkDialer } from '../gateway/interlink/interlink-dialer.ts';
import { InterlinkListener } from '../gateway/interlink/interlink-listener.ts';
import { InterlinkServer } from '../gateway/interlink/interlink-server.ts';
import { interlinkMetrics } from '../gateway/interlink-metrics.ts';
import type { DoorSettings } from '../gateway/lanes/door-settings.ts';
import type { PeerAddress } from '../gateway/peer-directory.ts';
import { type PeerStatus, Peers } from '../gateway/peers.ts';
import type { Upstream } from '../gateway/upstream.ts';
import { HEAD_FORMATS } from '../store/records/head-record.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';
import { SYSTEM_RANDOM as random } from './system-random.ts';

/** Interlink connections that one gateway takes at most; each process of a peer uses one or few. */
export const MAX_CONNECTIONS = 1_000;
/** How long the streams of a gateway that left the directory may take to end. */
const RETIRE_MS = 60_000;

export interface GatewayInterlinkParts {
  readonly config: GatewayConfig;
  readonly boot: BootId;
  /** The guard in front of this data center's cells. */
  readonly guard: Upstream;
  readonly registry: Registry;
  readonly log: Logger;
  /** A link or a cell behind one changed. */
  onChange(): void;
}

/** Both ends of a gateway's interlinks: what it takes from others, and its ways to them. */
export class GatewayInterlink {
  readonly #config: GatewayConfig;
  readonly #server: InterlinkServer;
  readonly #listener: InterlinkListener;
  readonly #dialer: InterlinkDialer;
  readonly #peers: Peers;

  /** Throws if the certificates cannot be read. */
  constructor({ config, boot, guard, registry, log, onChange }: GatewayInterlinkParts) {
    this.#config = config;
    const { realm, dataCenter, node, interlink: limits } = config;
    const certificates = readCertificates(config);
    const observer = interlinkMetrics(registry, (fields, message) => log.warn(fields, message));
    const own = {
      realm: realm as RealmId,
      dataCenter: dataCenter as DataCenterId,
      node: node as NodeId,
      boot,
      formats: HEAD_FORMATS,
    };
    this.#server = new InterlinkServer({ own, upstream: guard, clock, limits, observer });
    this.#listener = new InterlinkListener({
      certificates,
      server: this.#server,
      clock,
      observer,
      handshakeMs: limits.dialMs,
      maxConnections: MAX_CONNECTIONS,
    });
    this.#dialer = new InterlinkDialer(certificates, clock);
    const link = { own, dialer: this.#dialer, clock, random, limits, observer };
    this.#peers = new Peers({ realm, clock, link, retireMs: RETIRE_MS, onChange });
  }

  /** Resolves to the port. */
  async listen(): Promise<number> {
    const { port, host } = this.#config.interlink;
    return (await this.#listener.listen(port, host)).port;
  }

  /** A connection of another gateway that the parent process accepted; returns the socket that it goes on with. */
  take(socket: Socket): Socket {
    this.#listener.take(socket);
    return socket;
  }

  /** Dials the gateways of the other data centers that are new, and lets go of those that left. */
  updatePeers(peers: readonly PeerAddress[]): void {
    this.#peers.update(peers);
  }

  /** Each of them was reached, or is known not to answer. */
  get isSettled(): boolean {
    return this.#peers.isSettled;
  }

  upstreamOf(dataCenter: string): Upstream {
    return this.#peers.upstreamOf(dataCenter);
  }

  healthOf(dataCenter: string): DataCenterHealth {
    return this.#peers.healthOf(dataCenter);
  }

  /** Tells every edge which cells of this data center cannot take requests. */
  setUnhealthyCells(cells: readonly CellId[]): void {
    this.#server.setUnhealthyCells(cells);
  }

  status(): PeerStatus[] {
    return this.#peers.status();
  }

  /** For connections from now on. Throws, and keeps the old certificates, if the files cannot be used. */
  reloadCertificates(): void {
    const certificates = readCertificates(this.#config);
    this.#listener.reloadCertificates(certificates);
    this.#dialer.reloadCertificates(certificates);
  }

  /** Takes no new connections, soon no new requests from others, and waits for the open ones, within the door's limits. */
  drain({ drainMs, drainIdleMs }: DoorSettings): Promise<void> {
    this.#listener.close();
    return this.#server.drain(drainMs, drainIdleMs);
  }

  close(): void {
    this.#peers.close();
  }
}

function readCertificates({ interlink }: GatewayConfig): InterlinkCertificates {
  return {
    caPem: readFileSync(interlink.ca, 'utf8'),
    certPem: readFileSync(interlink.cert, 'utf8'),
    keyPem: readFileSync(interlink.key, 'utf8'),
  };
}
