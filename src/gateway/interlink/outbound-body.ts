import type { HeaderList } from '../upstream.ts';
import { NOWHERE } from '../wire/placed-list.ts';
import { encodeEnd } from './answer-codec.ts';
import { FRAME, FRAME_HEADER_BYTES, newFrame } from './frame.ts';
import type { BodySource, Outbox } from './outbox.ts';
import { MIN_FRAME_COST, windowCost } from './window-cost.ts';

/** No honest peer ever gives more than its whole window back. */
const MAX_CREDIT = 0x7fff_ffff;

export interface OutboundLimits {
  readonly streamBufferBytes: number;
  readonly dataFrameBytes: number;
}

/**
 * One direction of a stream's body on its way out: chunks wait here, by reference, until the window of the stream and
 * the connection have room. Holds `streamBufferBytes` plus what its producer wrote after it was told to stop.
 */
export class OutboundBody implements BodySource {
  listedAt = NOWHERE;
  readonly #outbox: Outbox;
  readonly #stream: number;
  readonly #limits: OutboundLimits;
  readonly #on: { drain(): void; ended(): void };
  #credit: number;
  #chunks: Uint8Array[] = [];
  #offset = 0;
  #pending = 0;
  #trailers: HeaderList | null = null;
  #full = false;
  #state: 'open' | 'ended' | 'closed' = 'open';
  #touched = false;

  constructor(
    outbox: Outbox,
    stream: number,
    credit: number,
    limits: OutboundLimits,
    on: { drain(): void; ended(): void },
  ) {
    this.#outbox = outbox;
    this.#stream = stream;
    this.#credit = credit;
    this.#limits = limits;
    this.#on = on;
  }

  /** Whether a byte of it, or its end, may have left this process. */
  get isTouched(): boolean {
    return this.#touched;
  }

  /** Whether END was sent. */
  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  /** Whether bytes wait for the peer. */
  get isWaiting(): boolean {
    return this.#pending > 0;
  }

  /** False: enough for now, `drain` follows. */
  write(chunk: Uint8Array): boolean {
    if (this.#state !== 'open' || this.#trailers !== null) return true;
    if (chunk.length > 0) {
      this.#chunks.push(chunk);
      this.#pending += chunk.length;
      this.#wake();
    }
    if (this.#pending >= this.#limits.streamBufferBytes) this.#full = true;
    return !this.#full;
  }

  end(trailers: HeaderList): void {
    if (this.#state !== 'open' || this.#trailers !== null) return;
    this.#trailers = trailers;
    this.#wake();
  }

  /** The peer's WINDOW; false if it gives more than a window can hold. */
  grant(bytes: number): boolean {
    this.#credit += bytes;
    if (bytes === 0 || this.#credit > MAX_CREDIT) return false;
    this.#wake();
    return true;
  }

  /** Drops what waits; nothing is sent any more. */
  close(): void {
    this.#state = 'closed';
    this.#chunks = [];
    this.#pending = 0;
    this.#outbox.forget(this);
  }

  pull(send: (frame: Buffer) => void): boolean {
    if (this.#pending > 0 && this.#credit >= MIN_FRAME_COST) send(this.#takeFrame());
    if (this.#pending === 0 && this.#trailers !== null && this.#state === 'open') {
      this.#state = 'ended';
      this.#touched = true;
      send(encodeEnd(this.#stream, this.#trailers));
      this.#on.ended();
      return false;
    }
    if (this.#full && this.#pending * 2 <= this.#limits.streamBufferBytes) {
      this.#full = false;
      this.#on.drain();
    }
    return this.#pending > 0 && this.#credit >= MIN_FRAME_COST;
  }

  #wake(): void {
    const sendable = this.#pending > 0 ? this.#credit >= MIN_FRAME_COST : this.#trailers !== null;
    if (sendable && this.#state === 'open') this.#outbox.ready(this);
  }

  #takeFrame(): Buffer {
    const size = Math.min(this.#pending, this.#credit, this.#limits.dataFrameBytes);
    const frame = newFrame(FRAME.DATA, this.#stream, size);
    let filled = 0;
    while (filled < size) filled += this.#copyInto(frame, FRAME_HEADER_BYTES + filled, size - filled);
    this.#pending -= size;
    this.#credit -= windowCost(size);
    this.#touched = true;
    return frame;
  }

  #copyInto(frame: Buffer, at: number, room: number): number {
    const chunk = this.#chunks[0] ?? new Uint8Array(0);
    const piece = chunk.subarray(this.#offset, this.#offset + room);
    frame.set(piece, at);
    this.#offset += piece.length;
    if (this.#offset === chunk.length) {
      this.#chunks.shift();
      this.#offset = 0;
    }
    return piece.length;
  }
}
