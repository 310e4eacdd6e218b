import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { Server as AnyTlsServer } from 'node:tls';
import type { ErrorCode } from '../../errors.ts';
import type { DoorSettings } from './door-settings.ts';

/** PEM texts of a door's certificate. */
export interface DoorCertificate {
  readonly cert: string;
  readonly key: string;
  /** 48 bytes that several processes share, so that a client resumes its session at any of them; absent: this process's own. */
  readonly ticketKeys?: Buffer;
  /** Goes with them: Node.js's own is made of the process's arguments. At most 32 bytes. */
  readonly sessionIdContext?: string;
}

export const MIN_TLS_VERSION = 'TLSv1.2';

/** After this silence the system asks whether a client is still there: upgraded connections may be silent for long. */
export const PROBE_AFTER_MS = 60_000;

export interface DoorHandlers {
  /** `expectsContinue`: the client waits for 100 before it sends its body. */
  request(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void;
  /** The socket is the handler's now; `first` came behind the head. CONNECT comes here too. */
  upgrade(request: IncomingMessage, socket: Duplex, first: Buffer): void;
  /** Bytes that node:http could not parse, or a head that did not come in time. The socket can still be written to. */
  malformed(code: ErrorCode, detail: string, socket: Duplex): void;
  /** The client has ended its side inside a message. */
  brokenOff(socket: Duplex): void;
}

/** node:http’s own name, since its beginning, for answering a client that has ended its side; without it that one gets nothing. */
interface HalfOpenServer {
  httpAllowHalfOpen: boolean;
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
    // RFC 9110 §7.8: a server ignores Upgrade in HTTP/1.0.
    shouldUpgradeCallback: (request: IncomingMessage) => request.httpVersionMinor !== 0,
    // A client may end its side and wait for the answer; net does so for TLS too.
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_AFTER_MS,
  };
  const tls = { ...certificate, minVersion: MIN_TLS_VERSION, handshakeTimeout: settings.headMs } as const;
  const server = certificate === null ? createServer(options) : createTlsServer({ ...options, ...tls });
  // 0: node would drop the 2,001st header silently; the size of the head bounds their number.
  server.maxHeadersCount = 0;
  server.maxConnections = settings.maxConnections;
  (server as unknown as HalfOpenServer).httpAllowHalfOpen = true;
  server.on('request', (request, response) => handlers.request(request, response, false));
  server.on('checkContinue', (request, response) => handlers.request(request, response, true));
  server.on('checkExpectation', (request, response) => handlers.request(request, response, false));
  const takeSocket = (request: IncomingMessage, socket: Duplex, first: Buffer): void => {
    socket.on('error', () => socket.destroy());
    handlers.upgrade(request, socket, first);
  };
  server.on('upgrade', takeSocket);
  server.on('connect', takeSocket);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const code = codeOf(error);
    if (error.code === 'HPE_INVALID_EOF_STATE') handlers.brokenOff(socket);
    else if (code === null || !socket.writable) socket.destroy();
    else handlers.malformed(code, error.message, socket);
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/**
 * New connections of a door get the new certificate; nothing to do for one without TLS. Throws if it cannot be used; the old one stays
 * then.
 */
export function reloadCertificate(server: NetServer, certificate: DoorCertificate): void {
  if (server instanceof AnyTlsServer) server.setSecureContext({ ...certificate, minVersion: MIN_TLS_VERSION });
}

/** Null: the connection broke; there is nobody to answer. */
function codeOf(error: NodeJS.ErrnoException): ErrorCode | null {
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'HEAD_TOO_LARGE';
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'HEAD_TIMEOUT';
  return error.code?.startsWith('HPE_') ? 'BAD_REQUEST' : null;
}
