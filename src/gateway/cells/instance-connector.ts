import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import { errors } from 'undici';
import type { Clock } from '../../core/clock.ts';
import type { CellTlsDocument } from '../../core/topology-document.ts';
import { withPlainReads } from '../wire/plain-reads.ts';
import type { InstanceAddress } from './instance-address.ts';

export interface ConnectorOptions {
  readonly address: InstanceAddress;
  /** null: plain TCP. */
  readonly tls: CellTlsDocument | null;
  /** Longest attempt, TLS handshake included. */
  readonly attemptMs: number;
  readonly clock: Clock;
  /** Holds the attempts under way; whoever gives up on the instance destroys them. */
  readonly connecting: Set<Socket>;
  /** Of a plain socket `takeReads` gets the bytes, and no stream. */
  readonly hasPlainReads?: boolean;
}

/** Fits undici, whose options are not looked at. */
export type InstanceConnector = (options: unknown, callback: ConnectCallback) => void;
export type ConnectCallback = (...result: [null, Socket] | [Error, null]) => void;

const TCP = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 } as const;

/**
 * Opens connections to one instance. Our own instead of undici's, because undici takes the TLS name from each request's
 * Host field: a client could then choose which name a cell's certificate is checked against.
 */
export function instanceConnector({
  address,
  tls,
  attemptMs,
  clock,
  connecting,
  hasPlainReads = false,
}: ConnectorOptions): InstanceConnector {
  const plain = (): Socket =>
    hasPlainReads
      ? withPlainReads(({ onread }) => connectTcp({ ...address, ...TCP, onread }))
      : connectTcp({ ...address, ...TCP });
  const open = tls === null ? plain : secureOpener(address, tls);
  const ready = tls === null ? 'connect' : 'secureConnect';
  return (_options, callback) => {
    const socket = open();
    let settled = false;
    connecting.add(socket);
    const timer = clock.setTimer(attemptMs, () => {
      socket.destroy(new errors.ConnectTimeoutError(`no connection within ${attemptMs} ms (cells.connectAttemptMs)`));
    });
    const settle = (error: Error | null): void => {
      if (settled) return;
      settled = true;
      timer.cancel();
      connecting.delete(socket);
      if (error === null) callback(null, socket);
      else callback(error, null);
    };
    socket.once(ready, () => settle(null));
    // Stays for the socket's whole life: an error event without a listener would end the process.
    socket.on('error', settle);
    socket.on('close', () => settle(new Error('the connection closed before it was ready')));
  };
}

/** Always verified, whatever NODE_TLS_REJECT_UNAUTHORIZED says, against `serverName` or else the instance's host. */
function secureOpener(address: InstanceAddress, tls: CellTlsDocument): () => Socket {
  const expected = tls.serverName ?? address.host;
  return () =>
    connectTls({
      ...address,
      ...TCP,
      // RFC 6066 §3: an IP address is never sent as the name; the certificate is checked against it all the same.
      servername: isIP(expected) === 0 ? expected : '',
      checkServerIdentity: (_host, certificate) => checkServerIdentity(expected, certificate),
      ...(tls.ca === null ? {} : { ca: tls.ca }),
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
    });
}
