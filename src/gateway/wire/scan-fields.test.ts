import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFieldValue, isToken } from '../message/field-check.ts';
import { scanFields } from './scan-fields.ts';

const characters = fc.constantFrom(...'aZ-_ \t:\r\n\0\x7f\x80\xff(,');
const part = fc.string({ unit: characters, maxLength: 6 });
/** Mostly field lines, some of them none. */
const line = fc.oneof(
  fc.tuple(part, part).map(([name, value]) => `${name}:${value}`),
  fc.tuple(fc.constantFrom('a', 'B-c'), part).map(([name, value]) => `${name}: ${value}`),
);

/** The same by splitting: what `scanFields` promises, told again. */
function splitFields(text: string): string[] | null {
  const list: string[] = [];
  for (const each of text.split('\r\n').slice(0, -1)) {
    const colon = each.indexOf(':');
    if (colon === -1 || /^[ \t]/.test(each)) return null;
    list.push(each.slice(0, colon), each.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, ''));
  }
  return list;
}

test('gives the fields that splitting at line ends and colons gives, whatever is in them and behind them', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 4 }), part, (lines, behind) => {
      const text = lines.map((each) => `${each}\r\n`).join('');
      const fields = scanFields(`${text}\r\n${behind}`, 0, text.length);
      assert.deepEqual(fields?.list ?? null, splitFields(text));
    }),
    { numRuns: 2_000 },
  );
});

test('says that a head is clean exactly if all its names are tokens and no value holds a control character', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
      const text = lines.map((each) => `${each}\r\n`).join('');
      const fields = scanFields(`${text}\r\n`, 0, text.length);
      if (fields === null) return;
      const isAllowed = fields.list.every((each, at) => (at % 2 === 0 ? isToken(each) : isFieldValue(each)));
      assert.equal(fields.isClean, isAllowed, JSON.stringify(text));
    }),
    { numRuns: 2_000 },
  );
});
