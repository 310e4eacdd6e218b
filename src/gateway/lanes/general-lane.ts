import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as TlsServer } from 'node:https';
import { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Clock } from '../../core/clock.ts';
import type { ErrorCode } from '../../errors.ts';
import type { ReceivedHead } from '../message/request-head.ts';
import type { Pipeline } from '../pipeline.ts';
import { createDoorServer, type DoorCertificate } from './door-server.ts';
import type { DoorSettings } from './door-settings.ts';
import { HttpDownstream } from './http-downstream.ts';
import { SocketDownstream } from './socket-downstream.ts';

export interface GeneralLaneParts {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly settings: DoorSettings;
  readonly certificate: DoorCertificate | null;
  onMalformed(code: ErrorCode): void;
}

/**
 * The general lane: Fastify on node:http, for whatever the fast lane does not take. Fastify must not judge a request before the
 * message rules do, so it sees one route and no headers; its reply is taken over at once
 * (docs/decisions/001-general-lane.md says why not @fastify/http-proxy).
 */
export class GeneralLane {
  readonly #parts: GeneralLaneParts;
  readonly #app: FastifyInstance;
  readonly #upgraded = new Set<Duplex>();
  #server: Server | TlsServer | null = null;
  #isDraining = false;

  constructor(parts: GeneralLaneParts) {
    this.#parts = parts;
    this.#app = Fastify({
      logger: false,
      serverFactory: (handler) => this.#createServer(handler),
      rewriteUrl: () => '/',
      // Requests on connections that are open when the drain begins are served like any others.
      return503OnClosing: false,
    });
    this.#app.all('/', () => undefined);
    this.#app.addHook('onRequest', (request, reply, done) => {
      reply.hijack();
      this.#take(request.raw, reply.raw);
      done();
    });
  }

  /** Resolves to the port that it listens on. */
  async listen(host: string, port: number): Promise<number> {
    await this.#app.listen({ host, port });
    const address = this.#app.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** New connections get the new certificate. Throws if it does not parse; the old one stays then. */
  reloadCertificate(certificate: DoorCertificate): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext(certificate);
  }

  /**
   * Stops accepting; what is open is served to its end, each answer with `Connection: close`. Idle connections stay for
   * `drainIdleMs`, because a request may be on its way on them; what is left after `drainMs` is cut off.
   */
  async drain(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#isDraining = true;
    const { clock, settings } = this.#parts;
    // net's close, not http's: that one would cut idle connections at once.
    const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(server, () => resolve()));
    const idle = clock.setTimer(settings.drainIdleMs, () => server.closeIdleConnections());
    const last = clock.setTimer(settings.drainMs, () => this.#cutOff(server));
    await closed;
    idle.cancel();
    last.cancel();
    await this.#app.close();
  }

  #cutOff(server: Server): void {
    server.closeAllConnections();
    for (const socket of this.#upgraded) socket.destroy();
  }

  #createServer(handler: (request: IncomingMessage, response: ServerResponse) => void): Server | TlsServer {
    const { settings, certificate, onMalformed } = this.#parts;
    this.#server = createDoorServer(settings, certificate, {
      request: (request, response, expectsContinue) => {
        EXPECTING.set(request, expectsContinue);
        RECEIVED.set(request, receivedHead(request));
        request.headers = {};
        handler(request, response);
      },
      upgrade: (request, socket, first) => this.#takeUpgrade(request, socket, first),
      malformed: onMalformed,
    });
    return this.#server;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const { pipeline, settings, clock } = this.#parts;
    const hasBody = headerValue(request, 'content-length') !== '' || headerValue(request, 'transfer-encoding') !== '';
    const expectsContinue = EXPECTING.get(request) ?? false;
    const options = { expectsContinue, hasBody, isDraining: () => this.#isDraining };
    const client = new HttpDownstream(request, response, options, settings, clock);
    client.attach(pipeline.begin(RECEIVED.get(request) ?? receivedHead(request), 'general', client));
  }

  #takeUpgrade(request: IncomingMessage, socket: Duplex, first: Buffer): void {
    this.#upgraded.add(socket);
    socket.on('close', () => this.#upgraded.delete(socket));
    const client = new SocketDownstream(socket, first, headerValue(request, 'upgrade'));
    client.attach(this.#parts.pipeline.begin(receivedHead(request), 'general', client));
  }
}

/** What Fastify must not see is kept beside the request. */
const RECEIVED = new WeakMap<IncomingMessage, ReceivedHead>();
const EXPECTING = new WeakMap<IncomingMessage, boolean>();

function receivedHead(request: IncomingMessage): ReceivedHead {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    httpVersion: request.httpVersion,
    headers: request.rawHeaders,
    remoteAddress: request.socket.remoteAddress ?? '',
    secure: request.socket instanceof TLSSocket,
  };
}

function headerValue(request: IncomingMessage, wanted: string): string {
  const { rawHeaders } = request;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === wanted) return rawHeaders[index + 1] ?? '';
  }
  return '';
}
