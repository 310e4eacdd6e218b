import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inPieces } from './gateway-access-log.ts';

const LF = 0x0a;
const line = fc.string({ minLength: 0, maxLength: 30 }).map((text) => `${text.replaceAll('\n', '')}\n`);

test('lines are written in pieces of whole lines that the system keeps together, and nothing is lost', () => {
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const bytes = Buffer.from(lines.join(''));
      const pieces = inPieces(bytes, 40);
      assert.deepEqual(Buffer.concat(pieces), bytes);
      for (const piece of pieces) {
        assert.equal(piece.at(-1), LF);
        const isOneLine = piece.indexOf(LF) === piece.length - 1;
        assert.ok(isOneLine || piece.length <= 40, piece.toString());
      }
    }),
  );
});
