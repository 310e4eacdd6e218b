import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../core/clock.ts';
import type { ByteConnection, ByteConnectionEvents } from './byte-connection.ts';

/** How long the last bytes may take before the socket is destroyed. */
const LINGER_MS = 1_000;

/** A connected socket, TLS or not, as a connection of bytes. Nothing else may touch the socket from now on. */
export class SocketConnection implements ByteConnection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  #reason = 'the peer closed the connection';
  #linger: Timer | null = null;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.setNoDelay(true);
    socket.on('error', (error) => {
      this.#reason = error.message;
    });
  }

  start(events: ByteConnectionEvents): void {
    const socket = this.#socket;
    if (socket.destroyed) {
      setImmediate(() => events.closed(this.#reason));
      return;
    }
    socket.on('data', (bytes: Buffer) => events.data(bytes));
    socket.on('drain', () => events.drain());
    socket.on('end', () => this.close());
    socket.on('close', () => {
      this.#linger?.cancel();
      events.closed(this.#reason);
    });
  }

  write(bytes: Buffer): boolean {
    return this.#socket.writable ? this.#socket.write(bytes) : true;
  }

  defer(run: () => void): void {
    setImmediate(run);
  }

  close(): void {
    if (this.#linger !== null || this.#socket.destroyed) return;
    this.#linger = this.#clock.setTimer(LINGER_MS, () => this.#socket.destroy());
    this.#socket.end();
  }
}
