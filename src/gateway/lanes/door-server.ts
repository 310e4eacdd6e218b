import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ErrorCode } from '../../errors.ts';
import { errorAnswer } from '../error-answer.ts';
import type { DoorSettings } from './door-settings.ts';
import { rawHead } from './raw-head.ts';

/** PEM texts of a door's certificate. */
export interface DoorCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface DoorHandlers {
  /** `expectsContinue`: the client waits for 100 before it sends its body. */
  request(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** A message that node:http could not parse; it was answered already. */
  malformed(code: ErrorCode): void;
}

/** The HTTP/1.1 server of a door on node:http, with every bound set. Not listening yet. */
export function createDoorServer(
  settings: DoorSettings,
  certificate: DoorCertificate | null,
  handlers: DoorHandlers,
): Server | TlsServer {
  const options = {
    maxHeaderSize: settings.maxHeadBytes,
    headersTimeout: settings.headMs,
    // The body's progress and the whole request have limits of their own, per route.
    requestTimeout: 0,
    keepAliveTimeout: settings.keepAliveMs,
    connectionsCheckingInterval: Math.min(1000, settings.headMs),
    // The message rules answer these with their own codes.
    requireHostHeader: false,
    insecureHTTPParser: false,
    noDelay: true,
  };
  const server =
    certificate === null ? createServer(options) : createTlsServer({ ...options, ...certificate, minVersion: 'TLSv1.2' });
  // 0: node would drop the 2,001st header silently; the size of the head bounds their number.
  server.maxHeadersCount = 0;
  server.maxConnections = settings.maxConnections;
  server.on('request', (request, response) => handlers.request(request, response, false));
  server.on('checkContinue', (request, response) => handlers.request(request, response, true));
  server.on('checkExpectation', (request, response) => handlers.request(request, response, false));
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    handlers.upgrade(request, socket, head);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const code = codeOf(error);
    if (code === null || !socket.writable) {
      socket.destroy();
      return;
    }
    handlers.malformed(code);
    socket.end(malformedAnswer(code, error));
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/** Null: the connection broke; there is nobody to answer. */
function codeOf(error: NodeJS.ErrnoException): ErrorCode | null {
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return null;
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'HEAD_TOO_LARGE';
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'HEAD_TIMEOUT';
  return 'BAD_REQUEST';
}

function malformedAnswer(code: ErrorCode, error: NodeJS.ErrnoException): string {
  const answer = errorAnswer(code, error.message, ['connection', 'close']);
  const length = ['content-length', String(Buffer.byteLength(answer.body))];
  return rawHead(answer.status, [...answer.headers, ...length]) + answer.body;
}
