/**
 * The two published hashes of a user ID. Both run over the UTF-8 bytes of the string. A text of ASCII characters, as nearly
 * all IDs are, is its own bytes: it is read once, four characters at a time, and nothing is allocated. An unpaired surrogate
 * is hashed as U+FFFD, as every standard encoder writes it.
 */

/** Answer of the functions below to a text with a character beyond the greatest one that they were told. */
const TOO_WIDE = -1;
const MAX_ASCII = 0x7f;
const MAX_BYTE = 0xff;

const [CRC_1, CRC_2, CRC_3, CRC_4] = makeCrcTables();

/**
 * CRC-32/ISO-HDLC (that of zlib, MySQL's `CRC32()`, Java's `java.util.zip.CRC32`, Go's `crc32.ChecksumIEEE`), 0 … 2³²−1.
 * Chosen over better hashes because every language and most databases bring it along.
 */
export function crc32(text: string): number {
  const crc = crc32OfUnits(text, MAX_ASCII);
  // The shift changes no value: it tells the engine that a remainder of it is one of whole numbers.
  return (crc === TOO_WIDE ? crc32OfUnits(byteString(text), MAX_BYTE) : crc) >>> 0;
}

/**
 * MurmurHash3_x86_32 (Appleby, 2011), 0 … 2³²−1. Used for the choice of a cell: it shares no structure with decimal digits or
 * with the CRC, so the users of one shard spread over a unit's cells like any others.
 */
export function murmur3(text: string, seed: number): number {
  const hash = murmur3OfUnits(text, seed, MAX_ASCII);
  return hash === TOO_WIDE ? murmur3OfUnits(byteString(text), seed, MAX_BYTE) : hash;
}

/** Murmur's finaliser (fmix32): a bijection on 32 bits in which every input bit turns half of the output bits. */
export function finish(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixBlock(hash: number, block: number): number {
  const mixed = hash ^ scramble(block);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function scramble(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}

/** Four bytes a step ("slicing", Kounavis and Berry 2005): one step waits for the step before it, not each byte. */
function crc32OfUnits(text: string, max: number): number {
  const end = text.length & ~3;
  let crc = -1;
  let seen = 0;
  for (let at = 0; at < end; at += 4) {
    const a = text.charCodeAt(at);
    const b = text.charCodeAt(at + 1);
    const c = text.charCodeAt(at + 2);
    const d = text.charCodeAt(at + 3);
    seen |= a | b | c | d;
    crc ^= a | (b << 8) | (c << 16) | (d << 24);
    crc =
      (CRC_4[crc & 0xff] as number) ^
      (CRC_3[(crc >>> 8) & 0xff] as number) ^
      (CRC_2[(crc >>> 16) & 0xff] as number) ^
      (CRC_1[crc >>> 24] as number);
  }
  for (let at = end; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    seen |= unit;
    crc = (CRC_1[(crc ^ unit) & 0xff] as number) ^ (crc >>> 8);
  }
  return seen > max ? TOO_WIDE : ~crc >>> 0;
}

function murmur3OfUnits(text: string, seed: number, max: number): number {
  const end = text.length & ~3;
  let hash = seed | 0;
  let seen = 0;
  for (let at = 0; at < end; at += 4) {
    const a = text.charCodeAt(at);
    const b = text.charCodeAt(at + 1);
    const c = text.charCodeAt(at + 2);
    const d = text.charCodeAt(at + 3);
    seen |= a | b | c | d;
    hash = mixBlock(hash, a | (b << 8) | (c << 16) | (d << 24));
  }
  let block = 0;
  for (let at = end; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    seen |= unit;
    block |= unit << ((at - end) << 3);
  }
  // Without a tail the block is 0, and so is what it scrambles to.
  return seen > max ? TOO_WIDE : finish(hash ^ scramble(block) ^ text.length);
}

/** The text's UTF-8 bytes, each as a character. */
function byteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

type CrcTables = readonly [Int32Array, Int32Array, Int32Array, Int32Array];

/** The nth table has what a byte does to the CRC once n bytes have gone by. Signed, so that they are small integers to the engine. */
function makeCrcTables(): CrcTables {
  const tables: CrcTables = [new Int32Array(256), new Int32Array(256), new Int32Array(256), new Int32Array(256)];
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    tables[0][byte] = value;
  }
  for (let next = 1; next < 4; next += 1) {
    const [before, table] = [tables[next - 1] as Int32Array, tables[next] as Int32Array];
    for (let byte = 0; byte < 256; byte += 1) {
      const value = before[byte] as number;
      table[byte] = (value >>> 8) ^ (tables[0][value & 0xff] as number);
    }
  }
  return tables;
}
