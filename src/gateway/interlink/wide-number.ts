/** Whole numbers of 8 bytes, big-endian; only those that a JavaScript number holds exactly are allowed. */
const UNIT = 0x1_0000_0000;

export function writeWide(value: number, into: Buffer, at: number): void {
  into.writeUInt32BE(Math.floor(value / UNIT), at);
  into.writeUInt32BE(value % UNIT, at + 4);
}

/** NaN if the number is not a safe integer. */
export function readWide(from: Buffer, at: number): number {
  const value = from.readUInt32BE(at) * UNIT + from.readUInt32BE(at + 4);
  return Number.isSafeInteger(value) ? value : Number.NaN;
}
