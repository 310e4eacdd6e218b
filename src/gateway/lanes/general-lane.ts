import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Clock } from '../../core/clock.ts';
import type { ErrorCode } from '../../errors.ts';
import { errorAnswer } from '../error-answer.ts';
import type { ReceivedHead } from '../message/request-head.ts';
import type { Pipeline } from '../pipeline.ts';
import { ConnectionTurns } from './connection-turns.ts';
import { DoorConnections } from './door-connections.ts';
import { type DoorObserver, SILENT_DOOR_OBSERVER } from './door-observer.ts';
import { createDoorServer, type DoorCertificate, reloadCertificate } from './door-server.ts';
import type { DoorSettings } from './door-settings.ts';
import { HttpDownstream } from './http-downstream.ts';
import { rawHead } from './raw-head.ts';
import { SocketDownstream } from './socket-downstream.ts';

export interface GeneralLaneParts {
  readonly pipeline: Pick<Pipeline, 'begin'>;
  readonly clock: Clock;
  readonly settings: DoorSettings;
  readonly certificate: DoorCertificate | null;
  /** Connections begin with a PROXY header (v1 or v2) that names the client. */
  readonly proxyProtocol: boolean;
  /** Default: nobody. */
  readonly observer?: DoorObserver;
  onMalformed(code: ErrorCode): void;
}

/** A request whose head is kept as it came, before anything else looks at it. */
interface Received {
  readonly head: ReceivedHead;
  readonly expectsContinue: boolean;
}

/**
 * The general lane: Fastify on node:http, for whatever the fast lane does not take. Fastify must not judge a request before the
 * message rules do, so it sees one route and no headers; its reply is taken over at once
 * (docs/decisions/001-general-lane.md says why not @fastify/http-proxy).
 */
export class GeneralLane {
  readonly #parts: GeneralLaneParts;
  readonly #app: FastifyInstance;
  readonly #received = new WeakMap<IncomingMessage, Received>();
  readonly #turns = new WeakMap<Duplex, ConnectionTurns>();
  readonly #server: Server | TlsServer;
  readonly #connections: DoorConnections;
  /** Connections of another lane, here for one exchange. */
  readonly #adopted = new WeakSet<Duplex>();
  #isListening = false;
  #isDraining = false;

  constructor(parts: GeneralLaneParts) {
    this.#parts = parts;
    const { settings, certificate, proxyProtocol, clock, onMalformed } = parts;
    this.#server = createDoorServer(settings, certificate, {
      request: (request, response, expectsContinue) => this.#receive(request, response, expectsContinue),
      upgrade: (request, socket, first) => this.#takeUpgrade(request, socket, first),
      malformed: (code, detail, socket) => this.#malformed(code, detail, socket),
      brokenOff: (socket) => this.#brokenOff(socket),
    });
    const { headMs, maxConnectionsPerAddress: maxPerAddress } = settings;
    const { observer = SILENT_DOOR_OBSERVER } = parts;
    const isTls = certificate !== null;
    const rest = { clock, proxyProtocol, isTls, headMs, maxPerAddress, observer, onMalformed };
    this.#connections = new DoorConnections(this.#server, rest);
    this.#server.on('drop', () => observer.refused('connections'));
    this.#app = this.#makeApp();
  }

  /** Resolves to the port that it listens on. */
  async listen(host: string, port: number): Promise<number> {
    await this.#app.listen({ host, port });
    this.#isListening = true;
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
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
    const server = this.#server;
    // Answers that promised to keep their connection, and end later, are followed by no longer wait than this.
    server.keepAliveTimeout = settings.drainIdleMs;
    // net's close, not http's: that one would cut idle connections at once.
    const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(server, () => resolve()));
    const idle = clock.setTimer(settings.drainIdleMs, () => {
      server.closeIdleConnections();
      this.#connections.destroyUnused();
    });
    const last = clock.setTimer(settings.drainMs, () => this.#connections.destroyAll());
    await closed;
    idle.cancel();
    last.cancel();
    await this.#app.close();
  }

  /**
   * Serves one exchange of a connection that another lane accepted, beginning with `bytes`; then the connection closes, unless it is
   * upgraded. Only for a lane that listens nowhere itself.
   */
  adopt(socket: Socket, bytes: Buffer, address: string): void {
    this.#adopted.add(socket);
    socket.pause();
    this.#connections.adopt(socket, address);
    this.#server.emit('connection', socket);
    socket.unshift(bytes);
    socket.resume();
  }

  /** For a lane that listens nowhere itself: to be awaited before the first `adopt`. */
  async ready(): Promise<void> {
    await this.#app.ready();
  }

  /** Every answer from now on ends its connection. */
  beginDrain(): void {
    this.#isDraining = true;
  }

  /** Of a lane that listens nowhere: whoever accepted the connections has ended them. */
  async close(): Promise<void> {
    await this.#app.close();
  }

  #makeApp(): FastifyInstance {
    const app = Fastify({
      logger: false,
      serverFactory: (handler) => {
        this.#handOver = handler;
        return this.#server;
      },
      rewriteUrl: () => '/',
      // Requests on connections that are open when the drain begins are served like any others.
      return503OnClosing: false,
      // Fastify's own would write and destroy behind our answer.
      clientErrorHandler: () => undefined,
    });
    app.all('/', () => undefined);
    app.addHook('onRequest', (request, reply, done) => {
      reply.hijack();
      this.#take(request.raw, reply.raw);
      done();
    });
    return app;
  }

  #handOver: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;

  #receive(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    this.#received.set(request, { head: this.#headOf(request), expectsContinue });
    request.headers = {};
    this.#handOver(request, response);
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const received = this.#received.get(request);
    if (received === undefined) return;
    const { pipeline, settings, clock } = this.#parts;
    const { head, expectsContinue } = received;
    const turns = this.#turnsOf(request.socket);
    turns.take(() => {
      const hasBody = headerValue(head, 'content-length') !== '' || headerValue(head, 'transfer-encoding') !== '';
      const isAdopted = this.#adopted.has(request.socket);
      const options = { expectsContinue, hasBody, isDraining: () => this.#isDraining || isAdopted };
      const client = new HttpDownstream(request, response, options, settings, clock);
      response.once('close', () => turns.next());
      client.attach(pipeline.begin(head, 'general', client));
      return client;
    });
  }

  #takeUpgrade(request: IncomingMessage, socket: Duplex, first: Buffer): void {
    const { pipeline, settings, clock } = this.#parts;
    const head = this.#headOf(request);
    // Not of `socket`: of an upgrade with a body node:http makes a stream of its own.
    this.#turnsOf(request.socket).take(() => {
      const { method } = head;
      const client = new SocketDownstream({
        socket,
        first,
        method,
        protocol: headerValue(head, 'upgrade'),
        settings,
        clock,
      });
      client.attach(pipeline.begin(head, 'general', client));
      return client;
    });
  }

  #malformed(code: ErrorCode, detail: string, socket: Duplex): void {
    this.#parts.onMalformed(code);
    const turns = this.#turnsOf(socket);
    const { current } = turns;
    turns.endAfterCurrent();
    if (current === null) {
      const answer = errorAnswer(code, detail, ['connection', 'close']);
      const length = ['content-length', String(Buffer.byteLength(answer.body))];
      socket.end(rawHead(answer.status, [...answer.headers, ...length]) + answer.body);
    } else if (current.isReceiving) {
      current.malformed(detail);
    }
  }

  /** The request that is served may be a whole one before it, or one that is refused whatever its body: it is answered then. */
  #brokenOff(socket: Duplex): void {
    const turns = this.#turnsOf(socket);
    const { current } = turns;
    if (current === null || (current.isReceiving && !current.endAnswer())) socket.destroy();
    else turns.endAfterCurrent();
  }

  #turnsOf(socket: Duplex): ConnectionTurns {
    let turns = this.#turns.get(socket);
    if (turns === undefined) {
      turns = new ConnectionTurns(socket, this.#parts.settings.maxPipelined);
      this.#turns.set(socket, turns);
    }
    return turns;
  }

  #headOf(request: IncomingMessage): ReceivedHead {
    return {
      method: request.method ?? '',
      target: request.url ?? '',
      httpVersion: request.httpVersion,
      headers: request.rawHeaders,
      remoteAddress: this.#connections.addressOf(request.socket),
      secure: request.socket instanceof TLSSocket,
    };
  }
}

function headerValue({ headers }: ReceivedHead, wanted: string): string {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === wanted) return headers[index + 1] ?? '';
  }
  return '';
}
