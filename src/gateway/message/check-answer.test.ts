import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Answer } from './answer.ts';
import { checkAnswer } from './check-answer.ts';
import { endToEndAnswerHeaders } from './end-to-end-headers.ts';

const get = { method: 'GET', upgrade: null };
const head = { method: 'HEAD', upgrade: null };
const answer = (status: number, ...headers: string[]) => ({ status, httpVersion: '1.1', headers });

const REFUSED: readonly (readonly [claim: string, received: ReturnType<typeof answer>])[] = [
  ['status 99', answer(99)],
  ['status 600', answer(600)],
  ['status NaN', answer(Number.NaN)],
  ['HTTP/0.9', { ...answer(200), httpVersion: '0.9' }],
  ['HTTP/2', { ...answer(200), httpVersion: '2.0' }],
  ['101 that nobody asked for', answer(101, 'Upgrade', 'websocket', 'Connection', 'upgrade')],
  ['a CR and LF in a value (response splitting)', answer(200, 'Location', '/x\r\nSet-Cookie: a=b')],
  ['a LF in a value', answer(200, 'X', 'a\nb')],
  ['a NUL in a value', answer(200, 'X', 'a\0')],
  ['a space in a name', answer(200, 'X Y', 'a')],
  ['a CR in a name', answer(200, 'X\r\nY', 'a')],
  ['an empty name', answer(200, '', 'a')],
  ['both lengths', answer(200, 'Content-Length', '3', 'Transfer-Encoding', 'chunked')],
  ['two lengths', answer(200, 'Content-Length', '3', 'Content-Length', '3')],
  ['a list of lengths', answer(200, 'Content-Length', '3, 3')],
  ['a hexadecimal length', answer(200, 'Content-Length', '0x3')],
  ['gzip, chunked', answer(200, 'Transfer-Encoding', 'gzip, chunked')],
  ['two Transfer-Encodings', answer(200, 'Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked')],
  ['chunked in HTTP/1.0', { ...answer(200, 'Transfer-Encoding', 'chunked'), httpVersion: '1.0' }],
  ['chunked in a 204', answer(204, 'Transfer-Encoding', 'chunked')],
  ['chunked in a 103', answer(103, 'Transfer-Encoding', 'chunked')],
  ['a body in a 204', answer(204, 'Content-Length', '5')],
  ['a body in a 100', answer(100, 'Content-Length', '5')],
  ['Connection that lists Set-Cookie', answer(200, 'Connection', 'Set-Cookie', 'Set-Cookie', 'a=b')],
  ['201 header fields', answer(200, ...Array.from({ length: 402 }, () => 'x'))],
  ['a head of more than 64 KiB', answer(200, 'X', 'y'.repeat(65536))],
];

describe('checkAnswer refuses as BAD_RESPONSE', () => {
  for (const [claim, received] of REFUSED) {
    test(claim, () => {
      const verdict = checkAnswer(get, received);
      assert.equal(verdict.ok ? 'accepted' : verdict.code, 'BAD_RESPONSE');
    });
  }
});

const ACCEPTED: readonly (readonly [
  claim: string,
  asked: typeof get,
  received: ReturnType<typeof answer>,
  facts: Partial<Answer>,
])[] = [
  ['a length', get, answer(200, 'Content-Length', '5'), { framing: 5, keepAlive: true }],
  ['chunked', get, answer(200, 'Transfer-Encoding', 'Chunked'), { framing: 'chunked' }],
  ['neither: until the connection ends', get, answer(200), { framing: 'close', keepAlive: false }],
  [
    'HEAD with the length that GET would have',
    head,
    answer(200, 'Content-Length', '5'),
    { framing: 'none', declaredLength: 5 },
  ],
  ['HEAD with chunked', head, answer(200, 'Transfer-Encoding', 'chunked'), { framing: 'none', declaredLength: null }],
  ['304 with a length', get, answer(304, 'Content-Length', '5'), { framing: 'none', declaredLength: 5 }],
  ['204', get, answer(204), { framing: 'none', keepAlive: true }],
  ['204 with Content-Length: 0', get, answer(204, 'Content-Length', '0'), { framing: 'none', declaredLength: null }],
  ['103', get, answer(103, 'Link', '</a>'), { framing: 'none' }],
  ['a length of 0', get, answer(200, 'Content-Length', '0'), { framing: 0 }],
  ['Connection: close', get, answer(200, 'Content-Length', '0', 'Connection', 'close'), { keepAlive: false }],
  ['HTTP/1.0', get, { ...answer(200, 'Content-Length', '0'), httpVersion: '1.0' }, { keepAlive: false }],
  ['names that end here', get, answer(200, 'Connection', 'X-Hop'), { connectionNames: ['x-hop'] }],
];

describe('checkAnswer accepts', () => {
  for (const [claim, asked, received, facts] of ACCEPTED) {
    test(claim, () => {
      const verdict = checkAnswer(asked, received);
      assert.ok(verdict.ok, verdict.ok ? '' : verdict.detail);
      for (const [name, value] of Object.entries(facts)) assert.deepEqual(verdict[name as keyof Answer], value, name);
    });
  }
  test('101 to a request that asked for it', () => {
    const verdict = checkAnswer({ method: 'GET', upgrade: 'websocket' }, answer(101, 'Upgrade', 'websocket'));
    assert.equal(verdict.ok && verdict.framing, 'none');
  });
});

test('clean headers are end-to-end headers, with the length beside them', () => {
  const received = [
    'Connection',
    'X-Hop',
    'X-Hop',
    '1',
    'Set-Cookie',
    'a',
    'ldc-unit',
    'RZ99',
    'Content-Length',
    '7',
    'Set-Cookie',
    'b',
  ];
  const clean = checkAnswer(get, answer(200, ...received));
  assert.ok(clean.ok);
  assert.deepEqual(endToEndAnswerHeaders(clean, []), ['Set-Cookie', 'a', 'Set-Cookie', 'b']);
  assert.equal(clean.framing, 7);
});

test('nothing that an answer holds can throw, or put a line end into a clean header', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('Connection', 'Content-Length', 'chunked', '5'),
  );
  fc.assert(
    fc.property(fc.integer({ min: -1, max: 700 }), fc.array(text, { maxLength: 12 }), (status, headers) => {
      const clean = checkAnswer(get, { status, httpVersion: '1.1', headers });
      if (clean.ok) for (const field of endToEndAnswerHeaders(clean, [])) assert.doesNotMatch(field, /[\r\n\0]/);
    }),
    { numRuns: 500 },
  );
});
