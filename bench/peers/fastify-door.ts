import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import httpProxy from '@fastify/http-proxy';
import type { FastifyRequest } from 'fastify';
import Fastify from 'fastify';
import pino from 'pino';
import type { DoorKind, PeerPlace } from './peer.ts';

/** The first argument of this program, as JSON. */
interface FastifyDoorPlan extends DoorKind {
  readonly cells: PeerPlace['cells'];
  readonly certificate: PeerPlace['certificate'];
  readonly port: number;
  readonly log: string;
}

const UNITS: readonly (readonly [RegExp, keyof PeerPlace['cells']])[] = [
  [/[0-3][0-9]$/, 'RZ01'],
  [/[4-7][0-9]$/, 'RZ02'],
  [/[89][0-9]$/, 'RZ03'],
];

const plan = JSON.parse(process.argv[2] ?? '') as FastifyDoorPlan;
const stream = pino.destination({ dest: plan.log, minLength: 16_000, sync: false });
const app = Fastify({
  ...(plan.isLogged ? { logger: { stream }, genReqId: () => randomUUID() } : { logger: false }),
  ...(plan.isTls && { https: { cert: readFileSync(plan.certificate.cert), key: readFileSync(plan.certificate.key) } }),
});
const unitOf = (userId: string): keyof PeerPlace['cells'] =>
  UNITS.find(([suffix]) => suffix.test(userId))?.[1] ?? 'RZ01';
const userOf = (request: { readonly headers: FastifyRequest['headers'] }): string =>
  String(request.headers['x-user-id']);

await app.register(httpProxy, {
  upstream: '',
  undici: { connections: 256, pipelining: 1, keepAliveTimeout: 60_000 },
  replyOptions: {
    getUpstream: (request: { readonly headers: FastifyRequest['headers'] }) =>
      `http://127.0.0.1:${plan.cells[unitOf(userOf(request))]}`,
    rewriteRequestHeaders: (request: FastifyRequest, headers: FastifyRequest['headers']) => {
      const unit = unitOf(userOf(request));
      const id = request.id;
      return {
        ...headers,
        forwarded: `for=${request.ip};host="${request.host}";proto=${request.protocol}`,
        'x-forwarded-for': request.ip,
        'x-forwarded-proto': request.protocol,
        'x-forwarded-host': request.host,
        'x-real-ip': request.ip,
        ...(plan.isLogged && { 'x-request-id': id, 'ldc-request-id': id, traceparent: `00-${id}-0000000000000001-00` }),
        'ldc-user-id': userOf(request),
        'ldc-unit': unit,
        'ldc-cell': `${unit}A`,
        'ldc-data-center': 'dc-a',
        'ldc-epoch': '1',
        'ldc-shard': userOf(request).slice(-2),
        'ldc-primary': 'dc-a',
      };
    },
  },
} as Parameters<typeof httpProxy>[1] & object);
await app.listen({ host: '127.0.0.1', port: plan.port });
