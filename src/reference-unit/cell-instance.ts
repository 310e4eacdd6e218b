import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type OwnCell, readContext } from './cell-context.ts';
import { type CellServices, pathBelowPrefix, serve } from './cell-routes.ts';
import { parseTarget, sendAnswer, type Target } from './exchange.ts';
import type { RequestRecord } from './in-flight.ts';
import type { UnitLog } from './process-options.ts';
import { type Answer, errorAnswer } from './unit-error.ts';
import { WebSocketEcho } from './web-socket-echo.ts';

/** Larger than the gateway's 16 KiB for a head, because the gateway adds headers. */
const MAX_HEAD_BYTES = 32 * 1024;
/** Idle connections stay longer than any gateway keeps them, so that it is never the cell that closes first. */
const KEEP_ALIVE_MS = 75_000;
const PING_MS = 30_000;

/** One address of a cell: its own listener. Adapter: it opens sockets. */
export class CellInstance {
  readonly own: OwnCell;
  readonly name: string;
  readonly #services: CellServices;
  readonly #log: UnitLog;
  readonly #server: Server;
  readonly #webSockets: WebSocketEcho;
  #inFlight = 0;
  #isStopping = false;

  constructor(own: OwnCell, name: string, services: CellServices, log: UnitLog) {
    this.own = own;
    this.name = name;
    this.#services = services;
    this.#log = log;
    this.#webSockets = new WebSocketEcho(services.clock, PING_MS);
    const { limits } = services;
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEAD_BYTES,
        keepAliveTimeout: KEEP_ALIVE_MS,
        requestTimeout: limits.requestMs,
        headersTimeout: Math.min(60_000, limits.requestMs),
        // Any other Upgrade is ignored, as RFC 9110 §7.8 has it; a Node that does not know the option refuses it below.
        shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
      },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.maxConnections = limits.maxConnections;
    this.#server.timeout = limits.idleMs;
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.on('clientError', refuseConnection);
  }

  /** Listens; rejects if the port is taken. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#log.warn({ reason: error.message }, 'a cell’s listener failed'));
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Takes no new connections; those that are open get `Connection: close` with their next answer. */
  beginStop(): void {
    this.#isStopping = true;
    this.#server.close();
    this.#server.closeIdleConnections();
    this.#webSockets.closeAll();
  }

  /** Ends whatever is left. */
  endStop(): void {
    this.#webSockets.terminateAll();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    request.on('error', () => {});
    if (this.#isStopping) response.setHeader('connection', 'close');
    const target = parseTarget(request.url ?? '');
    if (target?.path === '/healthz') return sendAnswer(response, this.#health());
    const record = this.#record(request, target);
    this.#begin(record, response);
    try {
      const answer = await this.#answer(request, response, target);
      if (answer === null) return;
      // A body that was not read to its end would be taken for the next request.
      // Looked at now, not when the request came: a slow one may outlive the beginning of a stop.
      sendAnswer(response, answer, request.complete && !this.#isStopping ? {} : { connection: 'close' });
    } catch (error) {
      this.#failed(error, response, record);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, target: Target | null): Promise<Answer | null> {
    const { maxInFlight } = this.#services.limits;
    if (target === null) return errorAnswer('BAD_INPUT', 'the target must be a path whose percent-encoding is UTF-8');
    if (this.#inFlight > maxInFlight)
      return errorAnswer('OVERLOADED', `more than ${maxInFlight} (setting limits.maxInFlight)`);
    const context = readContext(request.headers, this.own);
    if ('status' in context) return context;
    return serve({ request, response, target, own: this.own, context }, this.#services);
  }

  #record(request: IncomingMessage, target: Target | null): RequestRecord {
    const requestId = String(request.headers['ldc-request-id'] ?? '').slice(0, 200);
    const path = (target?.path ?? '').slice(0, 200);
    return { requestId, cell: this.own.cell, method: request.method ?? '', path };
  }

  #begin(record: RequestRecord, response: ServerResponse): void {
    this.#inFlight += 1;
    this.#services.inFlight.begin(record);
    response.once('close', () => {
      this.#inFlight -= 1;
      this.#services.inFlight.end(record, response.writableFinished);
    });
  }

  #failed(error: unknown, response: ServerResponse, record: RequestRecord): void {
    // A client that left ends its streams with an error: that is no failure of ours.
    if (response.destroyed) return;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log.warn({ reason, ...record }, 'a request failed');
    if (response.headersSent) response.destroy();
    else sendAnswer(response, errorAnswer('INTERNAL', ''), { connection: 'close' });
  }

  #health(): Answer {
    return {
      status: this.#isStopping ? 503 : 200,
      body: { status: this.#isStopping ? 'stopping' : 'ok', instance: this.name },
    };
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const target = parseTarget(request.url ?? '');
    const refusal = this.#refusalOfUpgrade(request, target);
    if (refusal !== null) {
      refuseUpgrade(socket, refusal);
      return;
    }
    const record = this.#record(request, target);
    this.#inFlight += 1;
    this.#services.inFlight.begin(record);
    let isOpen = true;
    this.#webSockets.accept(request, socket, head, (isComplete) => {
      this.#services.inFlight.end(record, isComplete);
      if (isOpen) this.#inFlight -= 1;
      isOpen = false;
    });
  }

  #refusalOfUpgrade(request: IncomingMessage, target: Target | null): Answer | null {
    const context = readContext(request.headers, this.own);
    if ('status' in context) return context;
    const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    const path = target === null ? '' : pathBelowPrefix(target.segments, this.own.kind).join('/');
    if (path !== 'ws' || !isWebSocket) return errorAnswer('NOT_FOUND', 'only /ws speaks WebSocket');
    const isFull = this.#inFlight >= this.#services.limits.maxInFlight;
    return isFull || this.#isStopping ? errorAnswer('OVERLOADED', 'this instance takes no more WebSockets') : null;
  }
}

function refuseUpgrade(socket: Duplex, answer: Answer): void {
  const text = JSON.stringify(answer.body);
  const head = `HTTP/1.1 ${answer.status} Refused\r\nContent-Type: application/json\r\nConnection: close`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

/** A connection whose bytes are no HTTP. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
