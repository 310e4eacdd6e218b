/**
 * The two published hashes of a user ID. Both run over the UTF-8 bytes of the string, made on the fly: the hot path
 * allocates nothing. An unpaired surrogate is hashed as U+FFFD, as every standard encoder writes it.
 */

const CRC_TABLE = makeCrcTable();

/**
 * CRC-32/ISO-HDLC (that of zlib, MySQL's `CRC32()`, Java's `java.util.zip.CRC32`, Go's `crc32.ChecksumIEEE`), 0 … 2³²−1.
 * Chosen over better hashes because every language and most databases bring it along.
 */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  forEachUtf8Byte(text, (byte) => {
    crc = (CRC_TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  });
  return ~crc >>> 0;
}

/**
 * MurmurHash3_x86_32 (Appleby, 2011), 0 … 2³²−1. Used for the choice of a cell: it shares no structure with decimal digits or
 * with the CRC, so the users of one shard spread over a unit's cells like any others.
 */
export function murmur3(text: string, seed: number): number {
  let hash = seed | 0;
  let block = 0;
  let length = 0;
  forEachUtf8Byte(text, (byte) => {
    block |= byte << ((length & 3) << 3);
    length += 1;
    if ((length & 3) === 0) {
      hash = mixBlock(hash, block);
      block = 0;
    }
  });
  if ((length & 3) !== 0) hash ^= scramble(block);
  return finish(hash ^ length);
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

function forEachUtf8Byte(text: string, take: (byte: number) => void): void {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      take(unit);
      continue;
    }
    const point = text.codePointAt(index) as number;
    if (point > 0xffff) index += 1;
    takeMultiByte(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point, take);
  }
}

function takeMultiByte(point: number, take: (byte: number) => void): void {
  if (point < 0x800) {
    take(0xc0 | (point >> 6));
  } else if (point < 0x10000) {
    take(0xe0 | (point >> 12));
    take(0x80 | ((point >> 6) & 0x3f));
  } else {
    take(0xf0 | (point >> 18));
    take(0x80 | ((point >> 12) & 0x3f));
    take(0x80 | ((point >> 6) & 0x3f));
  }
  take(0x80 | (point & 0x3f));
}

function makeCrcTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let index = 0; index < 256; index += 1) {
    let value = index;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    table[index] = value;
  }
  return table;
}
