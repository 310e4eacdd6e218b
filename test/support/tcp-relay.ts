import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * - `pass`: bytes go both ways
 * - `stall`: connections stand and are accepted, and no byte moves; what was written meanwhile follows when `pass` returns
 * - `drop-answers`: what clients send arrives, what the server answers is lost
 */
export type RelayMode = 'pass' | 'stall' | 'drop-answers';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** A TCP link that a test can cut and stall: listens on a port of its own and forwards to `target`. */
export class TcpRelay {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #target: number;
  #mode: RelayMode = 'pass';
  #isRefusing = false;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
  }

  static async start(target: number): Promise<TcpRelay> {
    const server = createServer({ allowHalfOpen: true });
    const relay = new TcpRelay(server, target);
    server.on('connection', (client) => relay.#accept(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return relay;
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that stand now. */
  get connections(): number {
    return this.#pairs.size;
  }

  set mode(mode: RelayMode) {
    this.#mode = mode;
    for (const pair of this.#pairs) this.#apply(pair);
  }

  /** Ends all connections; new ones are ended at once, too, until `mend`. */
  cut(): void {
    this.#isRefusing = true;
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  mend(): void {
    this.#isRefusing = false;
    this.mode = 'pass';
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    if (this.#isRefusing) {
      client.destroy();
      return;
    }
    const server = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    const pair: Pair = { client, server };
    this.#pairs.add(pair);
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => {
      if (this.#mode !== 'drop-answers') client.write(bytes);
    });
    client.on('end', () => server.end());
    server.on('end', () => client.end());
    for (const socket of [client, server]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
    this.#apply(pair);
  }

  #apply({ client, server }: Pair): void {
    for (const socket of [client, server]) {
      if (this.#mode === 'stall') socket.pause();
      else socket.resume();
    }
  }
}
