import type { Duplex } from 'node:stream';

/** What an upgraded connection tells its exchange. */
export interface TunnelEvents {
  data(chunk: Uint8Array): void;
  /** The instance sends no more; it may still read. */
  end(): void;
  drain(): void;
  /** Broken; `closed` follows. */
  failed(error: Error): void;
  /** Both directions are over; always the last. */
  closed(): void;
}

/**
 * The bytes of a connection after a 101, both ways, each direction ending by itself. Before the 101 it keeps what the
 * client already sent in the new protocol.
 */
export class Tunnel {
  readonly #events: TunnelEvents;
  #socket: Duplex | null = null;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #heldEnd = false;

  constructor(events: TunnelEvents) {
    this.#events = events;
  }

  get open(): boolean {
    return this.#socket !== null;
  }

  /** Bytes that wait for the 101. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes the socket as undici hands it over: paused, with the bytes behind the head put back. */
  attach(socket: Duplex, paused: boolean): void {
    this.#socket = socket;
    socket.on('error', (error: Error) => this.#events.failed(error));
    socket.once('close', () => this.#events.closed());
    socket.on('drain', () => this.#events.drain());
    socket.on('data', (chunk: Buffer) => this.#events.data(chunk));
    socket.once('end', () => this.#events.end());
    const held = this.#held;
    this.discard();
    for (const chunk of held) socket.write(chunk);
    if (this.#heldEnd) socket.end();
    // undici read by 'readable', which leaves a socket that a 'data' listener alone does not set flowing again.
    if (paused) socket.pause();
    else socket.resume();
    if (held.length > 0 && !socket.writableNeedDrain) this.#events.drain();
    if (socket.destroyed) this.#events.closed();
  }

  /** Forgets what waits for a 101 that will not come. */
  discard(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#socket === null) {
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      return false;
    }
    return this.#socket.writable && chunk.length > 0 ? this.#socket.write(chunk) : true;
  }

  end(): void {
    if (this.#socket === null) this.#heldEnd = true;
    else if (this.#socket.writable) this.#socket.end();
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  destroy(): void {
    this.discard();
    this.#socket?.destroy();
  }
}
