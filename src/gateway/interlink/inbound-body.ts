import type { HeaderList } from '../upstream.ts';
import { windowCost } from './window-cost.ts';

/** Where a received body goes. `data` may call `pause`, `resume` or `close` of the body. */
export interface InboundSink {
  data(chunk: Buffer): void;
  end(trailers: HeaderList): void;
  /** The peer may send this much more: WINDOW. */
  grant(bytes: number): void;
}

/** Bytes that wait for slow consumers, all streams of one connection together. */
export interface HeldBytes {
  bytes: number;
  readonly limit: number;
}

/**
 * One direction of a stream's body on its way in. The peer may send `window` ahead of what the consumer took; a consumer
 * that paused gives nothing back, so the peer stops after at most one window, which is held here.
 */
export class InboundBody {
  readonly #window: number;
  readonly #sink: InboundSink;
  readonly #total: HeldBytes;
  #allowed: number;
  #taken = 0;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #trailers: HeaderList | null = null;
  #paused = false;
  #delivering = false;
  #closed = false;

  constructor(window: number, total: HeldBytes, sink: InboundSink) {
    this.#window = window;
    this.#allowed = window;
    this.#total = total;
    this.#sink = sink;
  }

  /** What the peer may still send: after a close, this much can be on its way. */
  get allowedBytes(): number {
    return this.#allowed;
  }

  /** Whether all of it arrived, delivered or not. */
  get hasEnd(): boolean {
    return this.#trailers !== null;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** `overrun`: the peer sent more than it may. `full`: this connection holds too much for slow consumers. */
  receive(chunk: Buffer): 'taken' | 'overrun' | 'full' {
    const cost = windowCost(chunk.length);
    if (cost > this.#allowed) return 'overrun';
    this.#allowed -= cost;
    if (!this.#paused && !this.#delivering && this.#held.length === 0) {
      this.#deliver(chunk);
      return 'taken';
    }
    if (this.#total.bytes + chunk.length > this.#total.limit) return 'full';
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    this.#total.bytes += chunk.length;
    return 'taken';
  }

  finish(trailers: HeaderList): void {
    this.#trailers = trailers;
    this.#advance();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#advance();
  }

  /** Drops what is held; nothing is delivered any more. */
  close(): void {
    this.#closed = true;
    this.#held = [];
    this.#total.bytes -= this.#heldBytes;
    this.#heldBytes = 0;
  }

  #advance(): void {
    if (this.#delivering) return;
    while (!this.#paused && !this.#closed) {
      const chunk = this.#held.shift();
      if (chunk === undefined) break;
      this.#heldBytes -= chunk.length;
      this.#total.bytes -= chunk.length;
      this.#deliver(chunk);
    }
    this.#giveBack();
    if (this.#paused || this.#closed || this.#held.length > 0 || this.#trailers === null) return;
    this.#closed = true;
    this.#sink.end(this.#trailers);
  }

  #deliver(chunk: Buffer): void {
    this.#delivering = true;
    this.#taken += windowCost(chunk.length);
    this.#sink.data(chunk);
    this.#delivering = false;
    this.#giveBack();
  }

  /** Half a window at a time: one WINDOW frame for many DATA frames. */
  #giveBack(): void {
    if (this.#paused || this.#closed || this.#trailers !== null || this.#taken * 2 < this.#window) return;
    const bytes = this.#taken;
    this.#taken = 0;
    this.#allowed += bytes;
    this.#sink.grant(bytes);
  }
}
