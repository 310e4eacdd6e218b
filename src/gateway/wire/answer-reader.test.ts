import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AnswerReader, type AnswerSink } from './answer-reader.ts';

/** What a reader told, in words. */
class Told implements AnswerSink {
  readonly words: string[] = [];
  body = '';

  informational(status: number): void {
    this.words.push(`informational ${status}`);
  }

  head({ status, framing, headers }: Parameters<AnswerSink['head']>[0]): void {
    this.words.push(`head ${status} ${framing} ${headers.join()}`);
  }

  data(bytes: Buffer): void {
    this.body += bytes.toString('latin1');
  }

  ended(trailers: readonly string[], isClean: boolean): void {
    this.words.push(`ended ${trailers.join()} ${isClean ? 'clean' : 'unclean'}`);
  }

  fault(detail: string): void {
    this.words.push(`fault: ${detail}`);
  }
}

/** Lends the text in pieces, each gone as soon as it was read: the next read uses the same memory. */
function lend(text: string, cuts: readonly number[], method = 'GET'): Told {
  const told = new Told();
  const reader = new AnswerReader(2_000);
  reader.begin(method, told);
  const bytes = Buffer.from(text, 'latin1');
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  const memory = Buffer.alloc(bytes.length);
  let start = 0;
  for (const end of ends) {
    const piece = memory.subarray(0, bytes.copy(memory, 0, start, end));
    reader.read(piece);
    memory.fill('#');
    start = end;
  }
  return told;
}

const LONG = `X-Long: ${'a'.repeat(1_500)}\r\n`;
const ANSWERS: readonly (readonly [text: string, words: readonly string[], body: string])[] = [
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', ['head 200 5 Content-Length,5', 'ended  clean'], 'hello'],
  [
    'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-A: 1\r\n\r\n',
    ['informational 103', 'head 200 chunked Transfer-Encoding,chunked', 'ended X-A,1 clean'],
    'abcde',
  ],
  ['HTTP/1.1 204 No Content\r\nX-A:b \r\n\r\n', ['head 204 none X-A,b', 'ended  clean'], ''],
  [
    `HTTP/1.1 200 OK\r\n${LONG}Content-Length: 2\r\n\r\nok`,
    [`head 200 2 X-Long,${'a'.repeat(1_500)},Content-Length,2`, 'ended  clean'],
    'ok',
  ],
];

test('an answer is the same however it is cut, and nothing lent is kept', () => {
  const cuts = fc.array(fc.nat(), { maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...ANSWERS), cuts, ([text, words, body], at) => {
      const told = lend(text, at);
      assert.deepEqual([told.words, told.body], [words, body]);
    }),
  );
});

test('bytes behind an answer make its connection unusable', () => {
  const told = lend('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', []);
  assert.equal(told.words.at(-1), 'ended  unclean');
});

test('the answer to HEAD has no body, whatever its length says', () => {
  const told = lend('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', [], 'HEAD');
  assert.deepEqual(told.words, ['head 200 none Content-Length,5', 'ended  clean']);
});

test('a body without a length ends with its connection', () => {
  const told = new Told();
  const reader = new AnswerReader(2_000);
  reader.begin('GET', told);
  reader.read(Buffer.from('HTTP/1.1 200 OK\r\n\r\nuntil the end'));
  assert.equal(reader.ended(), true);
  assert.deepEqual([told.words, told.body], [['head 200 close ', 'ended  unclean'], 'until the end']);
});

const BROKEN: readonly (readonly [what: string, text: string, fault: RegExp])[] = [
  ['another protocol', 'SSH-2.0-OpenSSH\r\n', /first line/],
  ['a bare LF', 'HTTP/1.1 200 OK\nX: y', /does not end with CRLF/],
  ['a head over its limit', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(2_100)}`, /over 2000 bytes/],
  ['a line without a colon', 'HTTP/1.1 200 OK\r\nX\r\n\r\n', /no colon/],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', /first line/],
  ['a chunk size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', /hexadecimal/],
];

for (const [what, text, fault] of BROKEN) {
  test(`${what} is a fault, and nothing is read behind it`, () => {
    const told = lend(`${text}`, []);
    assert.equal(told.words.filter((word) => word.startsWith('fault')).length, 1);
    assert.match(told.words.at(-1) ?? '', fault);
  });
}
