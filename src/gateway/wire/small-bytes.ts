/** Chunks up to this size go out in one piece of text with what is before and behind them: one write costs less than three. */
export const SMALL_BYTES = 4096;

/** Bytes as text, latin1: each character is one of them. */
export function latin1Of(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.toString('latin1', 0, buffer.length);
}

/** A copy of some of the bytes. `Buffer.from` of a part of them makes two objects where one is enough. */
export function copyOf(bytes: Buffer, from: number, to: number): Buffer {
  const copy = Buffer.allocUnsafe(to - from);
  bytes.copy(copy, 0, from, to);
  return copy;
}
