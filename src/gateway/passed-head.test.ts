import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkAnswer } from './message/check-answer.ts';
import { checkHead } from './message/check-head.ts';
import { endToEndRequestHeaders, endToEndRequestLines } from './message/end-to-end-headers.ts';
import { fieldLines } from './message/field-lines.ts';
import { PassedHead } from './passed-head.ts';

const NAMES = [
  'Server',
  'date',
  'Keep-Alive',
  'X-Own',
  'LDC-Unit',
  'Trailer',
  'X-Gone',
  'te',
  'X-Forwarded-For',
  'Expect',
];
const field = fc.tuple(fc.constantFrom(...NAMES), fc.stringMatching(/^[a-z]{1,9}$/));
const framing = fc.constantFrom(
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'Connection: x-gone',
  'Connection: close',
);
const ours = ['x-request-id', 'r1'];

const pairs = (fields: readonly (readonly [string, string])[], more: string): string[] => [
  ...fields.flat(),
  ...more.split(': '),
];

test('an answer’s fields are the same as text and as a list', () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 8 }), framing, (fields, more) => {
      const headers = pairs(fields, more);
      const received = { status: 200, httpVersion: '1.1', headers, lines: fieldLines(headers) };
      const answer = checkAnswer({ method: 'GET', upgrade: null }, received);
      assert.ok(answer.ok);
      const head = new PassedHead(answer, ours);
      assert.equal(head.lines, fieldLines(head.headers));
      assert.equal(
        head.isDated,
        fields.some(([name]) => name === 'date'),
      );
      assert.equal(new PassedHead({ ...answer, lines: undefined }, ours).lines, undefined);
    }),
  );
});

test('a request’s fields are the same as text and as a list', () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 8 }), framing, (fields, more) => {
      // An unknown expectation would be refused.
      const known = fields.filter(([name]) => name !== 'Expect');
      const headers = ['Host', 'a', ...pairs(known, more)];
      const lines = fieldLines(headers);
      const address = { remoteAddress: '192.0.2.1', secure: false };
      const head = checkHead({ method: 'POST', target: '/', httpVersion: '1.1', headers, lines, ...address });
      assert.ok(head.ok, JSON.stringify(head));
      assert.equal(endToEndRequestLines(head, lines), fieldLines(endToEndRequestHeaders(head, [])));
    }),
  );
});
