/**
 * The two published hashes of a user ID. Both run over the UTF-8 bytes of the string. An ID of ASCII characters, as nearly all
 * are, is its own bytes: nothing is allocated for it. An unpaired surrogate is hashed as U+FFFD, as every standard encoder
 * writes it.
 */

const CRC_TABLE = makeCrcTable();

/**
 * CRC-32/ISO-HDLC (that of zlib, MySQL's `CRC32()`, Java's `java.util.zip.CRC32`, Go's `crc32.ChecksumIEEE`), 0 … 2³²−1.
 * Chosen over better hashes because every language and most databases bring it along.
 */
export function crc32(text: string): number {
  const bytes = byteString(text);
  let crc = -1;
  for (let index = 0; index < bytes.length; index += 1) {
    crc = (CRC_TABLE[(crc ^ bytes.charCodeAt(index)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/**
 * MurmurHash3_x86_32 (Appleby, 2011), 0 … 2³²−1. Used for the choice of a cell: it shares no structure with decimal digits or
 * with the CRC, so the users of one shard spread over a unit's cells like any others.
 */
export function murmur3(text: string, seed: number): number {
  const bytes = byteString(text);
  const tail = bytes.length & 3;
  const end = bytes.length - tail;
  let hash = seed | 0;
  for (let index = 0; index < end; index += 4) hash = mixBlock(hash, blockAt(bytes, index, 4));
  if (tail !== 0) hash ^= scramble(blockAt(bytes, end, tail));
  return finish(hash ^ bytes.length);
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

/** The first byte of a block is its lowest. */
function blockAt(bytes: string, start: number, length: number): number {
  let block = 0;
  for (let offset = 0; offset < length; offset += 1) block |= bytes.charCodeAt(start + offset) << (offset << 3);
  return block;
}

/** The text's UTF-8 bytes as a string of one character a byte. */
function byteString(text: string): string {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 0x7f) return Buffer.from(text, 'utf8').toString('latin1');
  }
  return text;
}

function makeCrcTable(): Int32Array {
  // Signed: what is read stays a 32-bit integer in the engine; an unsigned one may turn into a float.
  const table = new Int32Array(256);
  for (let index = 0; index < 256; index += 1) {
    let value = index;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    table[index] = value;
  }
  return table;
}
