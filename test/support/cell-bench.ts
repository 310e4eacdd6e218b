import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type CellSettings, DEFAULT_CELL_SETTINGS } from '../../src/gateway/cells/cell-settings.ts';
import { CellUpstream } from '../../src/gateway/cells/cell-upstream.ts';
import { machineClock } from './machine-clock.ts';
import { type RawServer, startRawServer } from './raw-server.ts';

/** An upstream to 127.0.0.1:port that the test's end closes. */
export function upstreamTo(test: TestContext, port: number, settings: Partial<CellSettings> = {}): CellUpstream {
  const upstream = new CellUpstream({
    address: { host: '127.0.0.1', port },
    tls: null,
    settings: { ...DEFAULT_CELL_SETTINGS, ...settings },
    clock: machineClock,
  });
  test.after(() => upstream.close(0));
  return upstream;
}

/** A `node:http` server as the instance, ended with the test. */
export async function httpCell(
  test: TestContext,
  listener: RequestListener,
  port = 0,
): Promise<{ server: Server; port: number }> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  test.after(() => stopServer(server));
  return { server, port: (server.address() as AddressInfo).port };
}

export async function stopServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A server that answers each request head with the given bytes, then closes unless told otherwise. */
export async function rawCell(
  test: TestContext,
  onRequest: (socket: Socket, head: string, index: number) => void,
): Promise<RawServer> {
  const server = await startRawServer((socket, index) => {
    let head = '';
    socket.on('data', (chunk) => {
      if (head.includes('\r\n\r\n')) return;
      head += chunk.toString('latin1');
      if (head.includes('\r\n\r\n')) onRequest(socket, head, index);
    });
  });
  test.after(() => server.close());
  return server;
}

/** A port of 127.0.0.1 on which nothing listens at the moment. */
export async function freePort(): Promise<number> {
  const server = await startRawServer(() => undefined);
  await server.close();
  return server.port;
}
