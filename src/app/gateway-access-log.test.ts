import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inPieces } from './gateway-access-log.ts';

const line = fc.string({ minLength: 0, maxLength: 30 }).map((text) => `${text.replaceAll('\n', '')}\n`);

test('lines are written in pieces of whole lines that the system keeps together, and nothing is lost', () => {
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const pieces = inPieces(lines.join(''), 40);
      assert.equal(pieces.join(''), lines.join(''));
      for (const piece of pieces) {
        assert.ok(piece === '' || piece.endsWith('\n'));
        const isOneLine = piece.indexOf('\n') === piece.length - 1;
        assert.ok(isOneLine || Buffer.byteLength(piece) <= 40, piece);
      }
    }),
  );
});
