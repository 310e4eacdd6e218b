import type { FastifyInstance } from 'fastify';

/** The port that a server got; 0 while it does not listen. */
export function listeningPort(app: FastifyInstance): number {
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
