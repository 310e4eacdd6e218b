import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { GATE_LIMITS } from '../gate/gate-contract.ts';
import { parseTarget, readJsonText, sendAnswer, type Target } from './exchange.ts';
import type { InFlight } from './in-flight.ts';
import type { LedgerGate } from './ledger-gate.ts';
import { PEER_LIMITS } from './peer-message.ts';
import { PEER_PATHS, type PeerServices } from './peer-paths.ts';
import type { UnitLog } from './process-options.ts';
import { type Answer, errorAnswer } from './unit-error.ts';

/** A delay above this would look like a lost line. */
const MAX_DELAY_MS = 600_000;

export interface ListenerServices extends PeerServices {
  readonly inFlight: InFlight;
  readonly gate: LedgerGate;
}

/** What other processes and what the operation runner must show. */
export interface ListenerTokens {
  readonly peerToken: string;
  readonly gateToken: string;
}

/**
 * The process's own listener: the other data centers' processes (with the shared token) and operators. Adapter: it opens a
 * socket.
 */
export class ProcessListener {
  readonly #services: ListenerServices;
  readonly #log: UnitLog;
  readonly #token: Buffer;
  readonly #gateToken: Buffer;
  readonly #server: Server;
  /** Calls that are being answered. */
  #calls = 0;
  #onIdle: (() => void)[] = [];

  constructor(services: ListenerServices, tokens: ListenerTokens, log: UnitLog) {
    this.#services = services;
    this.#token = digest(`Bearer ${tokens.peerToken}`);
    this.#gateToken = digest(`Bearer ${tokens.gateToken}`);
    this.#log = log;
    this.#server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 30_000 }, (request, response) => {
      request.on('error', () => {});
      response.on('error', () => {});
      void this.#handle(request, response);
    });
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#log.warn({ reason: error.message }, 'the process’s listener failed'));
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Resolves when no call is being answered, or after `limitMs`. */
  async idle(clock: Clock, limitMs: number): Promise<void> {
    if (this.#calls === 0) return;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(limitMs, resolve);
      this.#onIdle.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#count(response);
    try {
      const answer = await this.#answer(request);
      sendAnswer(response, answer, request.complete ? {} : { connection: 'close' });
    } catch (error) {
      if (response.destroyed) return;
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log.warn({ reason, path: request.url }, 'a call of another process failed');
      sendAnswer(response, errorAnswer('INTERNAL', ''), { connection: 'close' });
    }
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { self, replication, inFlight } = this.#services;
    const target = parseTarget(request.url ?? '');
    const path = target?.path ?? '';
    if (target !== null && path.startsWith('/gate/v1/')) return this.#answerGate(request, target);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (isRead && path === '/healthz') return { status: 200, body: { status: 'ok', dataCenter: self } };
    if (isRead && path === '/replication') return { status: 200, body: replication.report() };
    if (isRead && path === '/inflight') return { status: 200, body: inFlight.report() };
    const handler = path.startsWith('/internal/v1/') ? PEER_PATHS.get(path.slice('/internal/v1/'.length)) : undefined;
    const isDelay = path === '/replication/delay';
    if (handler === undefined && !isDelay) return errorAnswer('NOT_FOUND', path.slice(0, 200));
    if (request.method !== (isDelay ? 'PUT' : 'POST')) return errorAnswer('METHOD_NOT_ALLOWED', String(request.method));
    if (!this.#isAuthorized(request, this.#token))
      return errorAnswer('UNAUTHORIZED', 'authorization: Bearer <peerToken>');
    const text = await readJsonText(request, PEER_LIMITS.bodyBytes);
    if (typeof text !== 'string') return text;
    const body = parseJson(text);
    return handler === undefined ? this.#setDelay(body) : handler(body, this.#services);
  }

  async #answerGate(request: IncomingMessage, { path, query }: Target): Promise<Answer> {
    const { gate } = this.#services;
    const name = path.slice('/gate/v1/'.length);
    if (request.method !== (name === 'aside' ? 'GET' : 'POST'))
      return errorAnswer('METHOD_NOT_ALLOWED', String(request.method));
    if (!this.#isAuthorized(request, this.#gateToken))
      return errorAnswer('UNAUTHORIZED', 'authorization: Bearer <gateToken>');
    if (name === 'aside') return gate.aside(query.get('shard'));
    const text = await readJsonText(request, GATE_LIMITS.bytes);
    if (typeof text !== 'string') return text;
    return (await gate.answer(name, parseJson(text))) ?? errorAnswer('NOT_FOUND', path.slice(0, 200));
  }

  /** A call is open until its answer has left: a stop must not cut it off in between. */
  #count(response: ServerResponse): void {
    this.#calls += 1;
    response.once('close', () => {
      this.#calls -= 1;
      if (this.#calls === 0) for (const tell of this.#onIdle.splice(0)) tell();
    });
  }

  #setDelay(body: unknown): Answer {
    const { delayMs, dataCenter = null } = (body ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof delayMs !== 'number' || !(delayMs >= 0 && delayMs <= MAX_DELAY_MS))
      return errorAnswer('BAD_INPUT', `delayMs must be a number from 0 to ${MAX_DELAY_MS}`);
    if (dataCenter !== null && typeof dataCenter !== 'string')
      return errorAnswer('BAD_INPUT', 'dataCenter must be a name, or be left out for all of other cities');
    if (!this.#services.replication.setDelay(delayMs, dataCenter))
      return errorAnswer('NOT_FOUND', dataCenter === null ? 'no data center in another city' : `no peer ${dataCenter}`);
    return { status: 200, body: this.#services.replication.report().peers };
  }

  #isAuthorized(request: IncomingMessage, token: Buffer): boolean {
    return timingSafeEqual(digest(request.headers.authorization ?? ''), token);
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
