import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { crc32, finish, murmur3 } from './utf8-hash.ts';

test('crc32 has the check value of CRC-32/ISO-HDLC', () => {
  assert.equal(crc32('123456789'), 0xcbf43926);
});

test('crc32 of any text is what zlib says of its UTF-8 bytes, unpaired surrogates included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      assert.equal(crc32(text), zlibCrc32(Buffer.from(text, 'utf8')));
    }),
  );
  assert.equal(crc32('a\ud800b'), zlibCrc32(Buffer.from('a\ud800b', 'utf8')));
});

/** As its author writes it: over bytes, four by four. */
function murmur3OfBytes(bytes: Buffer, seed: number): number {
  const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
  const scramble = (block: number): number => Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
  const whole = bytes.length - (bytes.length % 4);
  let hash = seed;
  for (let at = 0; at < whole; at += 4) {
    hash = (Math.imul(rotate(hash ^ scramble(bytes.readInt32LE(at)), 13), 5) + 0xe6546b64) | 0;
  }
  const rest = Buffer.concat([bytes.subarray(whole), Buffer.alloc(4)]);
  return finish(hash ^ scramble(rest.readInt32LE(0)) ^ bytes.length);
}

test('murmur3 of any text is that of its UTF-8 bytes, wherever a character beyond ASCII stands', () => {
  const mostlyAscii = fc.stringMatching(/^[a-z0-9]{0,9}[\x80-\uffff]?[a-z0-9]{0,9}$/u);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), mostlyAscii), fc.integer(), (text, seed) => {
      assert.equal(murmur3(text, seed), murmur3OfBytes(Buffer.from(text, 'utf8'), seed));
      assert.equal(crc32(text), zlibCrc32(Buffer.from(text, 'utf8')));
    }),
  );
});

test('murmur3 has the published vectors of MurmurHash3_x86_32', () => {
  assert.equal(murmur3('', 0), 0);
  assert.equal(murmur3('', 1), 0x514e28b7);
  assert.equal(murmur3('hello', 0), 0x248bfa47);
  assert.equal(murmur3('hello, world', 0), 0x149bbb7f);
  assert.equal(murmur3('The quick brown fox jumps over the lazy dog', 0x9747b28c), 0x2fa826cd);
});

test('finish is a bijection as far as a sample can tell', () => {
  const seen = new Set<number>();
  for (let value = 0; value < 100_000; value += 1) seen.add(finish(value));
  assert.equal(seen.size, 100_000);
});
