import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { CodedError } from '../errors.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError } from './api-error.ts';
import type { ApiRequest, ApiRoute } from './api-route.ts';
import { authenticate } from './auth/authenticate.ts';
import { FailureBound, type FailureBoundSettings } from './auth/failure-bound.ts';
import type { Principal, TokenList } from './auth/token-list.ts';
import { type ErrorReply, errorReply, frameworkReply } from './error-answer.ts';
import { sendEvents } from './event-stream.ts';
import { openApiDocument } from './open-api.ts';
import { adoptionRoutes } from './routes/adoption-routes.ts';
import { auditRoutes } from './routes/audit-routes.ts';
import { explainRoutes } from './routes/explain-routes.ts';
import { gatewayRoutes } from './routes/gateway-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { planRoutes } from './routes/plan-routes.ts';
import { rulesRoutes } from './routes/rules-routes.ts';
import { statusRoutes } from './routes/status-routes.ts';
import { tableRoutes } from './routes/table-routes.ts';
import { COMPONENTS } from './schemas/components.ts';
import { withinLimit } from './within-limit.ts';

export interface ControlApiSettings {
  /** Longest work on a call, in milliseconds; default 12,000. */
  readonly callMs: number;
  /** Longest work on an apply; default 30,000. */
  readonly applyMs: number;
  /** Longest time for a call to arrive; default 10,000. */
  readonly receiveMs: number;
  /** Largest body in bytes; default 1 MiB: the largest ruleset as JSON. */
  readonly bodyBytes: number;
  /** Most connections at once; default 1,000. */
  readonly mostConnections: number;
  readonly failures: Partial<FailureBoundSettings>;
}

export const CONTROL_API_DEFAULTS: ControlApiSettings = {
  callMs: 12_000,
  applyMs: 30_000,
  receiveMs: 10_000,
  bodyBytes: 1024 * 1024,
  mostConnections: 1_000,
  failures: {},
};

/** How long the end of a stream may stay unread when the node closes, ms. */
const UNREAD_MS = 1_000;

export interface ControlApiOptions {
  readonly context: ApiContext;
  readonly tokens: TokenList;
  readonly settings?: Partial<ControlApiSettings>;
  /** PEM texts; without them the API speaks plain HTTP and should listen on the loopback only. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** All calls of the API but /openapi.json, which describes them. */
export function controlRoutes(context: ApiContext): ApiRoute[] {
  return [
    ...tableRoutes(context),
    ...gatewayRoutes(context),
    ...explainRoutes(context),
    ...statusRoutes(context),
    ...rulesRoutes(context),
    ...planRoutes(context),
    ...operationRoutes(context),
    ...auditRoutes(context),
    ...adoptionRoutes(context.adoption),
  ];
}

/** The operators' API on a socket: an adapter between Fastify and the routes, which know nothing of it. */
export class ControlApi {
  readonly routes: readonly ApiRoute[];
  readonly #context: ApiContext;
  readonly #tokens: TokenList;
  readonly #settings: ControlApiSettings;
  readonly #bound: FailureBound;
  readonly #server: FastifyInstance;
  readonly #registered: string[] = [];
  readonly #streams = new Set<AbortController>();
  #isClosing = false;

  constructor({ context, tokens, settings = {}, tls }: ControlApiOptions) {
    this.#context = context;
    this.#tokens = tokens;
    this.#settings = { ...CONTROL_API_DEFAULTS, ...settings };
    this.#bound = new FailureBound(context.clock, this.#settings.failures);
    this.#server = newServer(this.#settings, tls);
    this.#server.setErrorHandler<FastifyError>((error, request, reply) => this.#fail(error, request, reply));
    this.#server.setNotFoundHandler((request, reply) => {
      const path = request.url.split('?', 1)[0];
      return send(reply, errorReply(new ApiError('NOT_FOUND', `${request.method} ${path}`)));
    });
    this.#server.addHook('onRoute', ({ url, method }) => {
      this.#registered.push(`${url.replace(/:(\w+)/g, '{$1}')} (${[method].flat().join(', ')})`);
    });
    const routes = controlRoutes(context);
    this.routes = [...routes, openApiRoute(routes, context.version)];
    for (const route of this.routes) this.#register(route);
  }

  /** Listens; port 0 takes a free one. Returns `http://host:port`. */
  async listen(host: string, port: number): Promise<string> {
    await this.#server.listen({ host, port });
    const { address, family, port: taken } = this.#server.server.address() as AddressInfo;
    const scheme = this.#server.initialConfig.https === undefined ? 'http' : 'https';
    return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
  }

  /** Path and methods of everything that the server answers, as the server itself was told: a line each. */
  async listRoutes(): Promise<string> {
    await this.#server.ready();
    return this.#registered.join('\n');
  }

  /** Stops accepting, ends streams, lets calls under way end (each is bounded), closes idle connections. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const stream of this.#streams) stream.abort();
    await this.#server.close();
  }

  #register(route: ApiRoute): void {
    this.#server.route({
      method: route.method,
      url: route.path.replace(/\{(\w+)\}/g, ':$1'),
      schema: {
        querystring: {
          type: 'object',
          properties: route.query ?? {},
          required: route.requiredQuery ?? [],
          additionalProperties: false,
        },
        ...(route.body === undefined ? {} : { body: COMPONENTS[route.body] }),
      },
      // Before the body is read: who may not call, sends no megabyte.
      onRequest: async (request) => {
        request.principal = this.#authenticate(route, request);
      },
      handler: async (request, reply) => {
        const answer = await this.#answer(route, request);
        return route.stream === undefined ? reply.send(answer) : this.#stream(route.stream, request, reply);
      },
    });
  }

  #authenticate(route: ApiRoute, request: FastifyRequest): Principal | null {
    if (route.role === 'open') return null;
    return authenticate(this.#tokens, this.#bound, request.ip, request.headers.authorization, route.role);
  }

  #answer(route: ApiRoute, request: FastifyRequest): Promise<object> {
    const isLong = route.pace === 'apply';
    const limitMs = isLong ? this.#settings.applyMs : this.#settings.callMs;
    const code = route.lateCode ?? (isLong && route.method !== 'GET' ? 'APPLY_UNKNOWN' : 'STORE_TIMEOUT');
    const late = (): CodedError =>
      new CodedError(code, `not done within ${limitMs} ms (${isLong ? 'api.applyMs' : 'api.callMs'})`);
    return withinLimit(this.#context.clock, limitMs, route.handle(callOf(request)), late);
  }

  async #stream(
    stream: NonNullable<ApiRoute['stream']>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const end = new AbortController();
    this.#streams.add(end);
    reply.hijack();
    reply.raw.on('close', () => end.abort());
    // Its answer was worked out while the others were ended; nobody would end this one.
    if (this.#isClosing) end.abort();
    try {
      await sendEvents(reply.raw, stream(callOf(request), end.signal), end.signal);
    } finally {
      end.abort();
      this.#streams.delete(end);
      if (this.#isClosing) this.#destroyLate(reply.raw);
    }
    return reply;
  }

  /** A caller that does not read the end of its stream does not keep the node from closing. */
  #destroyLate(response: ServerResponse): void {
    if (response.closed || response.destroyed) return;
    const timer = this.#context.clock.setTimer(UNREAD_MS, () => response.destroy());
    response.once('close', () => timer.cancel());
  }

  #fail(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const answer = replyOf(error);
    if (answer.isBug) {
      const path = request.routeOptions.url ?? '';
      this.#context.observer({ kind: 'call-failed', method: request.method, path, error });
    }
    return send(reply, answer);
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
  }
}

function callOf(request: FastifyRequest): ApiRequest {
  const key = request.headers['idempotency-key'];
  return {
    query: request.query as Record<string, string | undefined>,
    params: request.params as Record<string, string>,
    idempotencyKey: typeof key === 'string' ? key : null,
    body: request.body,
    principal: request.principal,
  };
}

function newServer(settings: ControlApiSettings, tls: ControlApiOptions['tls']): FastifyInstance {
  // Node looks for calls that take too long at this pace only, by default every 30 s.
  const pace = { connectionsCheckingInterval: Math.min(1_000, settings.receiveMs) };
  const server = Fastify({
    ...(tls === undefined ? { http: pace } : { https: { ...pace, cert: tls.cert, key: tls.key } }),
    logger: false,
    bodyLimit: settings.bodyBytes,
    requestTimeout: settings.receiveMs,
    connectionTimeout: settings.receiveMs + settings.applyMs,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    exposeHeadRoutes: false,
    clientErrorHandler: answerBrokenCall,
    // Nothing is guessed: a text is no number, and what is not known is a mistake.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false } },
    frameworkErrors: (error, _request, reply) => {
      send(reply as FastifyReply, replyOf(error));
    },
  }) as unknown as FastifyInstance;
  server.server.maxConnections = settings.mostConnections;
  // Node exchanges the two limits if that of the head (60 s) is the larger one, and a body may then take that long.
  server.server.headersTimeout = settings.receiveMs;
  server.removeContentTypeParser('text/plain');
  server.decorateRequest('principal', null);
  return server;
}

function openApiRoute(routes: readonly ApiRoute[], version: string): ApiRoute {
  const route: Omit<ApiRoute, 'handle'> = {
    method: 'GET',
    path: '/openapi.json',
    role: 'open',
    summary: 'This document',
    answer: null,
    errors: [],
  };
  const document = openApiDocument([...routes, { ...route, handle: async () => ({}) }], version);
  return { ...route, handle: async () => document };
}

function replyOf(error: FastifyError | Error): ErrorReply {
  const { code, validation, statusCode } = error as Partial<FastifyError>;
  if (validation !== undefined || (typeof code === 'string' && code.startsWith('FST_'))) {
    return frameworkReply(code ?? '', validationText(error), statusCode ?? 400);
  }
  // Broken JSON and the like, found by the body parser.
  if (!(error instanceof CodedError) && statusCode !== undefined && statusCode < 500) {
    return frameworkReply('', error.message, statusCode);
  }
  return errorReply(error);
}

/** What never became a call: too slow, too large a head, or no HTTP at all. The connection ends with it. */
function answerBrokenCall(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return;
  const code =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? 'CALL_TIMEOUT'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? 'HEAD_TOO_LARGE'
        : 'BAD_REQUEST';
  const { status, body } = errorReply(new CodedError(code, error.message));
  const text = JSON.stringify(body);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

/** Ajv says that there is an unknown member, but not in the sentence which. */
function validationText(error: FastifyError | Error): string {
  const [first] = (error as Partial<FastifyError>).validation ?? [];
  const name = first?.params.additionalProperty;
  return typeof name === 'string' ? `${error.message}: ${JSON.stringify(name)}` : error.message;
}

function send(reply: FastifyReply, { status, headers, body }: ErrorReply): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}
