import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { DelayedPipe } from './delayed-pipe.ts';
import type { Passage } from './link-faults.ts';
import type { SenderOf } from './sender-desk.ts';

export interface LinkRelayParts {
  /** Process that is reached through this relay. */
  readonly receiver: string;
  readonly targetPort: number;
  /**
   * Name of the process that opened a connection from this port to that one, null if it is none of ours. Asked only while there are
   * faults: looking is slow.
   */
  readonly askSender: (localPort: number, remotePort: number) => Promise<string | null>;
  /** Whether any fault is in force. */
  readonly hasFaults: () => boolean;
  readonly passage: (sender: string, receiver: string) => Passage;
}

interface Pair {
  /** Null: not looked up yet. */
  sender: string | null;
  readonly clientPort: number;
  readonly client: Socket;
  readonly server: Socket;
  readonly pipes: readonly DelayedPipe[];
}

/** A sender that is none of the fleet's processes: no fault concerns it. */
const STRANGER = '';

/** Stands in front of one listener of the fleet, so that a drill can cut and slow what goes through. Adapter: opens sockets. */
export class LinkRelay {
  readonly #parts: LinkRelayParts;
  readonly #pairs = new Set<Pair>();
  #server: Server | null = null;
  #port = 0;

  private constructor(parts: LinkRelayParts) {
    this.#parts = parts;
  }

  static async start(parts: LinkRelayParts): Promise<LinkRelay> {
    const relay = new LinkRelay(parts);
    await relay.listen();
    return relay;
  }

  get receiver(): string {
    return this.#parts.receiver;
  }

  get port(): number {
    return this.#port;
  }

  get endpoint(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Takes connections (again), on the same port as before. */
  async listen(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    this.#server = server;
    server.on('connection', (client) => this.#accept(client));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    server.on('error', () => {});
    this.#port = (server.address() as AddressInfo).port;
  }

  /** The process behind it is gone: connections break and new ones are refused, as they would be without a relay. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const { client, server: other } of this.#pairs) {
      // libuv refuses to reset a socket whose end is on its way, and Node then never closes it, and does not even exit.
      if (client.writableEnded) client.destroy();
      else client.resetAndDestroy();
      other.destroy();
    }
    if (server === null) return;
    server.close();
    await once(server, 'close');
  }

  /** To be called when the faults of links changed. */
  update(senderOf: SenderOf): void {
    for (const pair of this.#pairs) {
      if (this.#parts.hasFaults()) pair.sender ??= senderOf(pair.clientPort, this.#port) ?? STRANGER;
      for (const pipe of pair.pipes) pipe.update();
    }
  }

  #accept(client: Socket): void {
    const { askSender, hasFaults } = this.#parts;
    const clientPort = client.remotePort ?? 0;
    client.on('error', () => {});
    if (!hasFaults()) {
      this.#join(client, clientPort, null);
      return;
    }
    // Nothing is read before its sender is known: the first bytes may be what a fault holds back.
    void askSender(clientPort, this.#port).then((sender) => {
      if (this.#server === null) client.destroy();
      else if (!client.destroyed) this.#join(client, clientPort, sender ?? STRANGER);
    });
  }

  #join(client: Socket, clientPort: number, sender: string | null): void {
    const { receiver, targetPort, passage } = this.#parts;
    const server = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    client.setNoDelay(true);
    server.setNoDelay(true);
    const pipes: DelayedPipe[] = [];
    const pair: Pair = { sender, clientPort, client, server, pipes };
    const from = (): string => pair.sender ?? STRANGER;
    pipes.push(
      new DelayedPipe(client, server, () => passage(from(), receiver)),
      new DelayedPipe(server, client, () => passage(receiver, from())),
    );
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#pairs.delete(pair);
        for (const pipe of pipes) pipe.close();
        client.destroy();
        server.destroy();
      });
    }
  }
}
