import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fieldLines } from '../message/field-lines.ts';
import { scanRequest } from './scan-request.ts';

const scanned = (head: string, end?: number) => {
  const result = scanRequest(head, end);
  assert.ok(typeof result !== 'string', String(result));
  return result;
};

test('a head is read up to its end, whatever is behind it', () => {
  const head = 'GET /a?b HTTP/1.1\r\nHost: a\r\nX-B:  c \r\n\r\n';
  const { method, target, httpVersion, headers } = scanned(`${head}POST / HTTP/1.0\r\nX: y\r\n\r\n`, head.length);
  assert.deepEqual([method, target, httpVersion, headers], ['GET', '/a?b', '1.1', ['Host', 'a', 'X-B', 'c']]);
});

test('the lines stand for the fields only where they say nothing more', () => {
  const name = fc.stringMatching(/^[A-Za-z-]{1,12}$/);
  const value = fc.stringMatching(/^[\x21-\x7e]{0,12}$/);
  const gap = fc.constantFrom('', ' ', '  ', '\t');
  const field = fc.tuple(name, gap, value, gap);
  fc.assert(
    fc.property(fc.array(field, { maxLength: 6 }), (fields) => {
      const lines = fields.map(([n, before, v, behind]) => `${n}:${before}${v}${behind}\r\n`).join('');
      const head = scanned(`GET / HTTP/1.1\r\n${lines}\r\n`);
      assert.deepEqual(
        head.headers,
        fields.flatMap(([n, , v]) => [n, v]),
      );
      if (head.lines !== undefined) assert.equal(head.lines, fieldLines(head.headers));
      if (fields.every(([, before, v, behind]) => before === ' ' && v !== '' && behind === ''))
        assert.equal(head.lines, lines);
    }),
  );
});

for (const line of ['GET /', 'GET  / HTTP/1.1', ' GET / HTTP/1.1', 'GET / http/1.1', 'GET /\tHTTP/1.1', 'GET']) {
  test(`"${line}" is no first line`, () => assert.equal(typeof scanRequest(`${line}\r\nHost: a\r\n\r\n`), 'string'));
}

test('a folded line and a line without a colon are none', () => {
  for (const lines of ['Host: a\r\n b\r\n', 'Host\r\n', '\tHost: a\r\n'])
    assert.match(String(scanRequest(`GET / HTTP/1.1\r\n${lines}\r\n`)), /no colon, or begins with white space/);
});
