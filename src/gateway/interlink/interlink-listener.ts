import { constants } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import type { Server, TLSSocket, TlsOptions } from 'node:tls';
import { createServer } from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import type { InterlinkCertificates } from './interlink-certificates.ts';
import type { InterlinkObserver } from './interlink-observer.ts';
import type { InterlinkServer } from './interlink-server.ts';
import { readIdentity } from './peer-identity.ts';
import { SocketConnection } from './socket-connection.ts';

export interface InterlinkListenerSetting {
  readonly certificates: InterlinkCertificates;
  readonly server: InterlinkServer;
  readonly clock: Clock;
  readonly observer: InterlinkObserver;
  /** Longest TLS handshake, ms. */
  readonly handshakeMs: number;
  /** Most connections at once; further ones are dropped. */
  readonly maxConnections: number;
}

/** The port of the interlink: TLS 1.3, nothing without a valid certificate of the realm's authority. */
export class InterlinkListener {
  readonly #setting: InterlinkListenerSetting;
  readonly #listener: Server;

  /** Throws if the certificates cannot be read. */
  constructor(setting: InterlinkListenerSetting) {
    this.#setting = setting;
    this.#listener = createServer({ ...optionsOf(setting.certificates), handshakeTimeout: setting.handshakeMs });
    this.#listener.maxConnections = setting.maxConnections;
    this.#listener.on('secureConnection', (socket) => this.#accept(socket));
    this.#listener.on('tlsClientError', (error, socket) => {
      const reason = socket.authorizationError ?? error.message;
      setting.observer.rejected('guard', `${socket.remoteAddress ?? 'a peer'}: ${reason}`);
      socket.destroy();
    });
  }

  /** Port 0: any free one. Rejects if it cannot listen. */
  listen(port: number, host: string): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#listener.once('error', reject);
      this.#listener.listen(port, host, () => {
        this.#listener.off('error', reject);
        this.#listener.on('error', (error) => this.#setting.observer.rejected('guard', error.message));
        resolve(this.#listener.address() as AddressInfo);
      });
    });
  }

  /** A connection that another process accepted for this port, as it came; that process bounds their number. */
  take(socket: Socket): void {
    this.#listener.emit('connection', socket);
  }

  /** For connections from now on; throws, and keeps the old ones, if they cannot be read. */
  reloadCertificates(certificates: InterlinkCertificates): void {
    this.#listener.setSecureContext(optionsOf(certificates));
  }

  /** Takes no new connections; those that are open belong to the InterlinkServer. */
  close(): void {
    this.#listener.close();
  }

  #accept(socket: TLSSocket): void {
    const proven = readIdentity(socket.getPeerX509Certificate()?.subjectAltName);
    if (typeof proven !== 'string') {
      this.#setting.server.accept(new SocketConnection(socket, this.#setting.clock), proven);
      return;
    }
    socket.on('error', () => {});
    socket.destroy();
    this.#setting.observer.rejected('guard', `${socket.remoteAddress ?? 'a peer'}: ${proven}`);
  }
}

/** Without session tickets every connection shows its certificate again: an expired one ends with its connection. */
const optionsOf = ({ caPem, certPem, keyPem }: InterlinkCertificates): TlsOptions => ({
  ca: caPem,
  cert: certPem,
  key: keyPem,
  minVersion: 'TLSv1.3',
  requestCert: true,
  rejectUnauthorized: true,
  secureOptions: constants.SSL_OP_NO_TICKET,
});
