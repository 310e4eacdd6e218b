import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Bytes without TLS, or TLS with this certificate or with none. */
export type Intruder =
  | { readonly kind: 'plain' }
  | { readonly kind: 'tls'; readonly cert?: string; readonly key?: string };

const LIMIT_MS = 20_000;

/**
 * Connects to an interlink's port and waits for what comes: `refused` if the connection ends without any byte of the
 * protocol, else what it was.
 */
export function refusedAtInterlink(address: string, intruder: Intruder): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  const target = { host, port: Number(port) };
  const socket: Socket =
    intruder.kind === 'plain'
      ? connectPlain(target)
      : connectTls({ ...target, cert: intruder.cert, key: intruder.key, rejectUnauthorized: false });
  return new Promise((resolve) => {
    const end = (what: string): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(what);
    };
    const late = setTimeout(() => end(`still open after ${LIMIT_MS} ms`), LIMIT_MS);
    socket.once('error', () => end('refused'));
    socket.once('close', () => end('refused'));
    // Without TLS the port may answer with a TLS alert (its first byte is 21); anything else is a word with the intruder.
    socket.once('data', (bytes) => {
      if (intruder.kind === 'tls' || bytes[0] !== 21) end(`${bytes.length} bytes came`);
    });
    socket.once('connect', () => {
      if (intruder.kind === 'plain') socket.write('LDCI'.repeat(20));
    });
  });
}
