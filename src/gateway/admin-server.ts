import { timingSafeEqual } from 'node:crypto';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

/** A cell's instance that registers itself, as the body of `PUT /v1/instances/:cell/:instance`. */
export interface InstanceRegistration {
  readonly address: string;
}

export interface AdminServerParts {
  /** For Prometheus; bounded. */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  /** Secret that cells send as bearer token with their heartbeats. */
  readonly token: string;
  /** Null when ready; else why not, in words. */
  notReady(): string | null;
  /** Plain JSON, or a promise of it. */
  status(): unknown;
  /** Returns what is wrong with it, or null. */
  register(cell: string, instance: string, registration: InstanceRegistration): string | null;
  deregister(cell: string, instance: string): void;
}

const BODY_LIMIT_BYTES = 4096;

/** The gateway's admin port: health, readiness, metrics, what it sees, and registration of instances. */
export function createAdminServer(parts: AdminServerParts): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit: BODY_LIMIT_BYTES, requestTimeout: 10_000 });
  app.get('/healthz', () => ({ status: 'alive' }));
  app.get('/readyz', (_request, reply) => {
    const reason = parts.notReady();
    return reason === null ? reply.send({ status: 'ready' }) : reply.code(503).send({ status: 'not ready', reason });
  });
  app.get('/metrics', async (_request, reply) => {
    const { type, text } = await parts.metrics();
    reply.type(type);
    return text;
  });
  app.get('/v1/status', () => parts.status());
  addRegistration(app, parts);
  return app;
}

interface InstancePath {
  readonly Params: { readonly cell: string; readonly instance: string };
}

function addRegistration(app: FastifyInstance, parts: AdminServerParts): void {
  const onRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (isAuthorised(request.headers.authorization, parts.token)) done();
    else void reply.code(401).send(errorBody('UNAUTHENTICATED', 'send the cells’ token as bearer token'));
  };
  const schema = {
    body: {
      type: 'object',
      required: ['address'],
      properties: { address: { type: 'string', maxLength: 300 } },
    },
  };
  app.put<InstancePath & { Body: InstanceRegistration }>(
    '/v1/instances/:cell/:instance',
    { onRequest, schema },
    (request, reply) => {
      const problem = parts.register(request.params.cell, request.params.instance, request.body);
      return problem === null ? reply.code(204).send() : reply.code(400).send(errorBody('BAD_REGISTRATION', problem));
    },
  );
  app.delete<InstancePath>('/v1/instances/:cell/:instance', { onRequest }, (request, reply) => {
    parts.deregister(request.params.cell, request.params.instance);
    return reply.code(204).send();
  });
}

function isAuthorised(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function errorBody(
  code: string,
  detail: string,
): { readonly error: { readonly code: string; readonly detail: string } } {
  return { error: { code, detail } };
}
