import type { SecureContext, TLSSocket } from 'node:tls';
import { connect, createSecureContext } from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import type { InterlinkCertificates } from './interlink-certificates.ts';
import type { DialAnswer, Dialer, InterlinkTarget } from './interlink-target.ts';
import { readIdentity } from './peer-identity.ts';
import { SocketConnection } from './socket-connection.ts';

/**
 * Makes interlink connections: TLS 1.3 with certificates on both sides. The host name means nothing here: who the peer
 * must be is checked by the identity in its certificate (interlink-link.ts).
 */
export class InterlinkDialer implements Dialer {
  readonly #clock: Clock;
  #context: SecureContext;

  /** Throws if the certificates cannot be read. */
  constructor(certificates: InterlinkCertificates, clock: Clock) {
    this.#clock = clock;
    this.#context = contextOf(certificates);
  }

  /** For connections from now on; throws, and keeps the old ones, if they cannot be read. */
  reloadCertificates(certificates: InterlinkCertificates): void {
    this.#context = contextOf(certificates);
  }

  dial(target: InterlinkTarget, answer: (answer: DialAnswer) => void): { cancel(): void } {
    const socket = connect({
      host: target.host,
      port: target.port,
      secureContext: this.#context,
      minVersion: 'TLSv1.3',
      rejectUnauthorized: true,
      checkServerIdentity: () => undefined,
    });
    let isOpen = true;
    const once = (value: DialAnswer) => {
      if (isOpen) answer(value);
      isOpen = false;
    };
    socket.on('error', (error) => once({ error: error.message }));
    socket.on('close', () => once({ error: 'the peer closed the connection' }));
    socket.on('secureConnect', () => {
      if (isOpen) once(this.#answerOf(socket));
    });
    return {
      cancel: () => {
        isOpen = false;
        socket.destroy();
      },
    };
  }

  #answerOf(socket: TLSSocket): DialAnswer {
    const proven = readIdentity(socket.getPeerX509Certificate()?.subjectAltName);
    if (typeof proven !== 'string') return { connection: new SocketConnection(socket, this.#clock), proven };
    socket.destroy();
    return { error: proven };
  }
}

const contextOf = ({ caPem, certPem, keyPem }: InterlinkCertificates): SecureContext =>
  createSecureContext({ ca: caPem, cert: certPem, key: keyPem, minVersion: 'TLSv1.3' });
