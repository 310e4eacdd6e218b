import type { FrameType, Side } from './frame.ts';
import { checkFrameHeader, FRAME_HEADER_BYTES } from './frame.ts';
import type { ProtocolViolation } from './protocol-violation.ts';

/** Takes one frame, its header checked; the payload may be kept. A violation stops the reader for good. */
export type TakeFrame = (type: FrameType, stream: number, payload: Buffer) => ProtocolViolation | null;

const NOTHING = Buffer.alloc(0);

/**
 * Cuts a stream of bytes into frames, wherever the pieces were cut. Holds at most one incomplete frame, in a buffer of
 * exactly its size, so a peer that sends byte by byte costs no more than one that does not.
 */
export class FrameReader {
  readonly #from: Side;
  readonly #take: TakeFrame;
  readonly #header = Buffer.alloc(FRAME_HEADER_BYTES);
  #headerFill = 0;
  #payload: Buffer | null = null;
  #payloadFill = 0;
  #violation: ProtocolViolation | null = null;

  constructor(from: Side, take: TakeFrame) {
    this.#from = from;
    this.#take = take;
  }

  /** Feeds bytes; returns the first violation, and the same one ever after. */
  push(bytes: Buffer): ProtocolViolation | null {
    let at = 0;
    while (at < bytes.length && this.#violation === null) {
      if (this.#payload !== null) at = this.#fillPayload(this.#payload, bytes, at);
      else if (this.#headerFill > 0 || bytes.length - at < FRAME_HEADER_BYTES) at = this.#fillHeader(bytes, at);
      else at = this.#begin(bytes, at, bytes, at + FRAME_HEADER_BYTES);
    }
    return this.#violation;
  }

  #fillHeader(bytes: Buffer, at: number): number {
    const count = Math.min(FRAME_HEADER_BYTES - this.#headerFill, bytes.length - at);
    bytes.copy(this.#header, this.#headerFill, at, at + count);
    this.#headerFill += count;
    if (this.#headerFill < FRAME_HEADER_BYTES) return at + count;
    this.#headerFill = 0;
    return this.#begin(this.#header, 0, bytes, at + count);
  }

  /** A header is complete: its payload is taken from `bytes` at `at` without a copy if it is all there. */
  #begin(header: Buffer, headerAt: number, bytes: Buffer, at: number): number {
    const length = header.readUInt32BE(headerAt);
    const type = header.readUInt8(headerAt + 4);
    const stream = header.readUInt32BE(headerAt + 6);
    this.#violation = checkFrameHeader(length, type, header.readUInt8(headerAt + 5), stream, this.#from);
    if (this.#violation !== null) return at;
    if (bytes.length - at >= length) {
      this.#violation = this.#take(type as FrameType, stream, length === 0 ? NOTHING : bytes.subarray(at, at + length));
      return at + length;
    }
    if (header !== this.#header) header.copy(this.#header, 0, headerAt, headerAt + FRAME_HEADER_BYTES);
    this.#payload = Buffer.allocUnsafe(length);
    this.#payloadFill = 0;
    return at;
  }

  #fillPayload(payload: Buffer, bytes: Buffer, at: number): number {
    const count = Math.min(payload.length - this.#payloadFill, bytes.length - at);
    bytes.copy(payload, this.#payloadFill, at, at + count);
    this.#payloadFill += count;
    if (this.#payloadFill === payload.length) {
      this.#payload = null;
      const stream = this.#header.readUInt32BE(6);
      this.#violation = this.#take(this.#header.readUInt8(4) as FrameType, stream, payload);
    }
    return at + count;
  }
}
