import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseEntry } from './entry-input.ts';

const isRefused = (text: string): boolean => {
  const result = parseEntry(text);
  return 'status' in result && result.status === 400;
};

test('takes any well-formed id of 1 to 64 characters and any safe integer', () => {
  const id = fc
    .string({ minLength: 1, maxLength: 64, unit: 'binary' })
    .filter((text) => text.length <= 64 && !/[\u0000-\u001f\u007f]/.test(text));
  fc.assert(
    fc.property(id, fc.maxSafeInteger(), (text, amount) => {
      assert.deepEqual(parseEntry(JSON.stringify({ id: text, amount, note: 'ignored' })), {
        id: text,
        amount: amount + 0,
      });
    }),
  );
});

test('never throws, whatever the body', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof parseEntry(text) === 'object'));
});

test('refuses amounts that are no safe integers, as they were written', () => {
  for (const amount of [
    '1.5',
    '1e3',
    '1.0',
    '9007199254740992',
    '9007199254740991.4',
    '"5"',
    'null',
    'true',
    '[1]',
    '1e999',
  ])
    assert.ok(isRefused(`{"id":"a","amount":${amount}}`), amount);
  assert.deepEqual(parseEntry('{"id":"a","amount":-0}'), { id: 'a', amount: 0 });
  assert.deepEqual(parseEntry('{"id":"a","amount":-9007199254740991}'), { id: 'a', amount: -9007199254740991 });
});

test('refuses bodies without a usable id', () => {
  const ids = ['', 'x'.repeat(65), 'a\u0000b', 'a\nb', '\ud800', 5, null, undefined, ['a'], {}];
  for (const id of ids) assert.ok(isRefused(JSON.stringify({ id, amount: 1 })), String(id));
  for (const text of ['', '[]', 'null', '"a"', '{', '{"amount":1}', '{"id":"a"}']) assert.ok(isRefused(text), text);
});

test('an amount hidden in another field does not lend its digits', () => {
  assert.ok(isRefused('{"id":"a","amount":9007199254740991.4,"other":{"amount":1}}'));
});
