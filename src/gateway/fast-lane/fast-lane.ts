import { createServer, type Server, Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, Server as TlsServer } from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import type { ErrorCode } from '../../errors.ts';
import { DoorConnections } from '../lanes/door-connections.ts';
import { type DoorObserver, SILENT_DOOR_OBSERVER } from '../lanes/door-observer.ts';
import { type DoorCertificate, MIN_TLS_VERSION, PROBE_AFTER_MS, reloadCertificate } from '../lanes/door-server.ts';
import type { DoorSettings } from '../lanes/door-settings.ts';
import { GeneralLane } from '../lanes/general-lane.ts';
import type { Pipeline } from '../pipeline.ts';
import { CoarseTimers } from '../wire/coarse-timers.ts';
import { PlacedList } from '../wire/placed-list.ts';
import { withPlainReads } from '../wire/plain-reads.ts';
import { FastConnection } from './fast-connection.ts';
import type { FastDoor, OpenConnection } from './fast-door.ts';
import { HttpDate } from './http-date.ts';

export interface FastLaneParts {
  readonly pipeline: Pick<Pipeline, 'begin' | 'check'>;
  readonly clock: Clock;
  readonly settings: DoorSettings;
  readonly certificate: DoorCertificate | null;
  /** Connections begin with a PROXY header (v1 or v2) that names the client. */
  readonly proxyProtocol: boolean;
  /** Default: nobody. */
  readonly observer?: DoorObserver;
  onMalformed(code: ErrorCode): void;
}

/**
 * The fast lane: HTTP/1.1 on plain sockets, for what it fully understands. Everything else goes to a general lane behind it with the
 * bytes read so far, for one exchange.
 */
export class FastLane {
  readonly #parts: FastLaneParts;
  readonly #server: Server | TlsServer;
  /** Accepts the connections; without TLS it gives them to `#server` with plain reads. */
  readonly #listener: Server;
  readonly #general: GeneralLane;
  readonly #sockets: DoorConnections;
  readonly #connections = new PlacedList<OpenConnection>();
  readonly #door: FastDoor;
  #isListening = false;
  #isDraining = false;

  constructor(parts: FastLaneParts) {
    this.#parts = parts;
    const { settings, certificate, proxyProtocol, clock, onMalformed } = parts;
    const { observer = SILENT_DOOR_OBSERVER } = parts;
    const behind = { ...parts, certificate: null, proxyProtocol: false, observer: SILENT_DOOR_OBSERVER };
    this.#general = new GeneralLane(behind);
    this.#server = makeServer(settings, certificate, (socket) => this.#accept(socket));
    const isTls = certificate !== null;
    this.#listener = isTls ? this.#server : plainListener(settings, this.#server);
    this.#sockets = new DoorConnections(this.#server, {
      clock,
      proxyProtocol,
      isTls,
      headMs: settings.headMs,
      maxPerAddress: settings.maxConnectionsPerAddress,
      observer,
      onMalformed,
    });
    this.#listener.on('drop', () => observer.refused('connections'));
    this.#door = this.#makeDoor();
  }

  /** Resolves to the port that it listens on. */
  async listen(host: string, port: number): Promise<number> {
    const server = this.#listener;
    await this.#general.ready();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, backlog: BACKLOG }, () => {
        server.off('error', reject);
        server.on('error', () => undefined);
        resolve();
      });
    });
    this.#isListening = true;
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** In place of `listen`, where another process accepts the connections: to be awaited before the first `take`. */
  async open(): Promise<void> {
    await this.#general.ready();
    this.#isListening = true;
  }

  /**
   * A connection that another process accepted for this door, with the settings of TCP; that process bounds their number. Returns the
   * socket that it goes on with.
   */
  take(socket: Socket): Socket {
    const own = this.#server instanceof TlsServer ? socket : plainSocket(socket);
    own.allowHalfOpen = true;
    this.#server.emit('connection', own);
    return own;
  }

  /** New connections get the new certificate. Throws if it cannot be used; the old one stays then. */
  reloadCertificate(certificate: DoorCertificate): void {
    reloadCertificate(this.#server, certificate);
  }

  /**
   * Stops accepting; what is open is served to its end, each answer with `Connection: close`. Idle connections stay for
   * `drainIdleMs`, because a request may be on its way on them; what is left after `drainMs` is cut off. Resolves when all are gone.
   */
  async drain(): Promise<void> {
    if (!this.#isListening || this.#isDraining) return;
    this.#isDraining = true;
    const { clock, settings } = this.#parts;
    const closed = new Promise<void>((resolve) => void this.#listener.close(() => resolve()));
    this.#general.beginDrain();
    const idle = clock.setTimer(settings.drainIdleMs, () => {
      for (const connection of this.#connections.toArray()) if (connection.isIdle) connection.destroy();
      this.#sockets.destroyUnused();
    });
    const last = clock.setTimer(settings.drainMs, () => this.#sockets.destroyAll());
    await Promise.all([closed, this.#sockets.ended()]);
    idle.cancel();
    last.cancel();
    await this.#general.close();
  }

  #accept(socket: Socket | TLSSocket): void {
    const address = this.#sockets.addressOf(socket);
    this.#connections.add(new FastConnection(socket, address, this.#door));
  }

  #makeDoor(): FastDoor {
    const { pipeline, settings, clock, onMalformed } = this.#parts;
    const isDraining = (): boolean => this.#isDraining;
    return {
      settings,
      timers: CoarseTimers.of(clock),
      date: new HttpDate(clock),
      get isDraining() {
        return isDraining();
      },
      isSecure: this.#server instanceof TlsServer,
      gone: (connection) => void this.#connections.delete(connection),
      check: (received) => pipeline.check(received),
      begin: (received, checked, client) => pipeline.begin(received, 'fast', client, checked),
      onMalformed,
      handOver: (socket, bytes, address) => this.#general.adopt(socket, bytes, address),
    };
  }
}

const TCP = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS } as const;

/** Connections that the system keeps for a process that is busy; bounded by net.core.somaxconn. */
const BACKLOG = 4096;

function makeServer(
  settings: DoorSettings,
  certificate: DoorCertificate | null,
  accept: (socket: Socket) => void,
): Server | TlsServer {
  if (certificate === null) return createServer(accept);
  const tls = { ...certificate, minVersion: MIN_TLS_VERSION, handshakeTimeout: settings.headMs } as const;
  const server = createTlsServer({ ...TCP, ...tls, ALPNProtocols: ['http/1.1'] }, accept);
  server.maxConnections = settings.maxConnections;
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/** Node's own names for what a socket stands on; without them a connection is left as it is. */
interface SocketParts {
  _handle: object | null;
  _server: Server | null | undefined;
}

/** Listens in the place of `server`, which gets each connection as a socket with plain reads. */
function plainListener(settings: DoorSettings, server: Server): Server {
  const listener = createServer({ ...TCP, pauseOnConnect: true }, (accepted) =>
    server.emit('connection', plainSocket(accepted)),
  );
  listener.maxConnections = settings.maxConnections;
  return listener;
}

/**
 * The same connection as a socket of our own making: `onread` can be asked for only when a socket is made, and a server makes its own.
 * The accepted one is given up; the listener, if it is of this process, counts the new one in its place.
 */
function plainSocket(accepted: Socket): Socket {
  const given = accepted as unknown as SocketParts;
  const { _handle: handle, _server: counter } = given;
  if (handle === null) return accepted.resume();
  const socket = withPlainReads((options) => new Socket({ ...options, ...TCP, ...({ handle } as object) }));
  if (counter !== null && counter !== undefined) (socket as unknown as SocketParts)._server = counter;
  given._server = null;
  given._handle = null;
  return socket;
}
