import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface RawServer {
  readonly port: number;
  /** Every connection there was, in order. */
  readonly sockets: readonly Socket[];
  /** Ends every connection and the listener; a second call does nothing. */
  close(): Promise<void>;
}

/** A TCP server whose bytes the test writes itself; errors of its connections are expected and ignored. */
export async function startRawServer(
  onConnection: (socket: Socket, index: number) => void,
  port = 0,
): Promise<RawServer> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket, sockets.length - 1);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
