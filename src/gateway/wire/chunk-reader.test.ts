import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ChunkReader } from './chunk-reader.ts';

interface Read {
  readonly body: string;
  readonly trailers: readonly string[];
  readonly fault: string | null;
  readonly isOver: boolean;
  /** What was left behind the body. */
  readonly rest: string;
}

/** Reads text in pieces that end where `cuts` say. */
function readInPieces(text: string, cuts: readonly number[]): Read {
  const bytes = Buffer.from(text, 'latin1');
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  const reader = new ChunkReader();
  let body = '';
  let rest = '';
  let start = 0;
  for (const end of ends) {
    const piece = bytes.subarray(start, end);
    const stopped = reader.read(piece, 0, (taken) => {
      body += taken.toString('latin1');
      return true;
    });
    rest += piece.toString('latin1', stopped);
    start = end;
  }
  return { body, trailers: reader.trailers, fault: reader.fault, isOver: reader.isOver, rest };
}

const CUTS = fc.array(fc.nat(), { maxLength: 8 });
const CHUNKS = fc.array(fc.stringMatching(/^[\x20-\x7e]{1,40}$/), { maxLength: 6 });

test('a body is the same however it is cut, and what is behind it is left', () => {
  fc.assert(
    fc.property(CHUNKS, CUTS, fc.constantFrom('', 'X-Sum: 9\r\n'), (chunks, cuts, trailer) => {
      const lines = chunks.map((chunk) => `${chunk.length.toString(16)};a=b\r\n${chunk}\r\n`).join('');
      const read = readInPieces(`${lines}0\r\n${trailer}\r\nGET /next`, cuts);
      assert.deepEqual(read, {
        body: chunks.join(''),
        trailers: trailer === '' ? [] : ['X-Sum', '9'],
        fault: null,
        isOver: true,
        rest: 'GET /next',
      });
    }),
  );
});

const BROKEN: readonly (readonly [what: string, text: string, fault: RegExp])[] = [
  ['a size that is no hexadecimal number', 'x\r\n', /not a hexadecimal number/],
  ['a sign before a size', '+3\r\nabc\r\n', /not a hexadecimal number/],
  ['0x before a size', '0x3\r\nabc\r\n', /not a hexadecimal number/],
  ['a space behind a size', '3 \r\nabc\r\n', /not a hexadecimal number/],
  ['a size above 2⁵²', `${'f'.repeat(14)}\r\n`, /not a hexadecimal number/],
  ['a control character in an extension', '3;\x01\r\nabc\r\n', /not a hexadecimal number/],
  ['a bare LF behind a size', '3\nabc\r\n', /does not end with CRLF/],
  ['a chunk longer than its size', '3\r\nabcd\r\n', /longer than its size/],
  ['a trailer without a colon', '0\r\nX-Sum\r\n\r\n', /no field line/],
  ['a trailer whose name is no token', '0\r\nX Sum: 9\r\n\r\n', /no field line/],
  ['an endless extension', `3;${'a'.repeat(2_000)}`, /over 1024 bytes/],
];

for (const [what, text, fault] of BROKEN) {
  test(`${what} is a fault, however it is cut`, () => {
    for (let cut = 0; cut <= Math.min(text.length, 40); cut += 1) {
      assert.match(readInPieces(text, [cut]).fault ?? '', fault, `cut at ${cut}`);
    }
  });
}

test('stops where whoever takes the bytes has had enough', () => {
  const reader = new ChunkReader();
  const bytes = Buffer.from('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
  const taken: string[] = [];
  const stopped = reader.read(bytes, 0, (piece) => taken.push(String(piece)) < 1);
  assert.deepEqual(taken, ['abc']);
  reader.read(bytes, stopped, (piece) => taken.push(String(piece)) > 0);
  assert.deepEqual(taken, ['abc', 'de']);
  assert.ok(reader.isOver);
});
