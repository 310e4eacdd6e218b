import { CHUNKED, type PassedCase, type RefusedCase } from './conformance-case.ts';

const SENT = 'POST /x HTTP/1.1\r\nX-User-Id: 12307\r\n';

/** The head is right; the framing of the chunks is not. */
export const BROKEN_CHUNKS: readonly RefusedCase[] = [
  ['an empty chunk size', `${CHUNKED}\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a chunk size with a plus', `${CHUNKED}+3\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a chunk size with an underscore', `${CHUNKED}1_0\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a chunk size with a tab before it', `${CHUNKED}\t3\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a chunk size with a space before it', `${CHUNKED} 3\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a chunk size with a letter that is no digit', `${CHUNKED}g\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a chunk size with a NUL', `${CHUNKED}3\0\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  [
    'a chunk size that wraps to 3 in 64 bits',
    `${CHUNKED}10000000000000003\r\nabc\r\n0\r\n\r\n`,
    'BAD_REQUEST',
    'RFC 9112 §7.1',
  ],
  ['a chunk shorter than its size', `${CHUNKED}4\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a bare LF behind a chunk size', `${CHUNKED}3\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §2.2'],
  ['a bare CR behind a chunk size', `${CHUNKED}3\rabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §2.2'],
  ['a bare LF behind a chunk', `${CHUNKED}3\r\nabc\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §2.2'],
  ['a bare CR behind a chunk', `${CHUNKED}3\r\nabc\r0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §2.2'],
  ['a bare LF behind the last chunk', `${CHUNKED}0\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §2.2'],
  ['a NUL in a chunk extension', `${CHUNKED}3;a=\0\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1.1'],
  ['a bare CR in a chunk extension', `${CHUNKED}3;a\rb\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1.1'],
  ['a trailer without a colon', `${CHUNKED}0\r\nabc\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1.2'],
  ['a trailer with a space before the colon', `${CHUNKED}0\r\nX : a\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §5.1'],
  ['a trailer that is folded', `${CHUNKED}0\r\nX: a\r\n b\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §5.2'],
  ['a trailer with a control character', `${CHUNKED}0\r\nX: \x01\r\n\r\n`, 'BAD_REQUEST', 'RFC 9110 §5.5'],
  ['a trailer behind a bare LF', `${CHUNKED}0\r\nX: a\nY: b\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §2.2'],
];

const whole = (claim: string, chunks: string, body: string, rfc: string): PassedCase => ({
  claim,
  rfc,
  bytes: CHUNKED + chunks,
  sent: SENT,
  body,
});

export const CHUNKS: readonly PassedCase[] = [
  whole('a chunk of one byte', '1\r\na\r\n0\r\n\r\n', 'a', 'RFC 9112 §7.1'),
  whole('sixteen bytes as 10', '10\r\n0123456789abcdef\r\n0\r\n\r\n', '0123456789abcdef', 'RFC 9112 §7.1'),
  whole(
    'a size in small and capital letters',
    'aB\r\n'.concat('x'.repeat(0xab), '\r\n0\r\n\r\n'),
    'x'.repeat(0xab),
    'RFC 9112 §7.1',
  ),
  whole('a last chunk of several zeros', '3\r\nabc\r\n000\r\n\r\n', 'abc', 'RFC 9112 §7.1'),
  whole('a last chunk with an extension', '3\r\nabc\r\n0;a\r\n\r\n', 'abc', 'RFC 9112 §7.1.1'),
  whole('an extension in quotes with a semicolon', '3;a="b;c"\r\nabc\r\n0\r\n\r\n', 'abc', 'RFC 9112 §7.1.1'),
  whole('two extensions', '3;a;b=1\r\nabc\r\n0\r\n\r\n', 'abc', 'RFC 9112 §7.1.1'),
  whole('CRLFs inside a chunk', '4\r\n\r\n\r\n\r\n0\r\n\r\n', '\r\n\r\n', 'RFC 9112 §7.1'),
  whole('the end of a body inside a chunk', '5\r\n0\r\n\r\n\r\n0\r\n\r\n', '0\r\n\r\n', 'RFC 9112 §7.1'),
  whole(
    'a request inside a chunk',
    '17\r\nGET /smuggled HTTP/1.1\r\r\n0\r\n\r\n',
    'GET /smuggled HTTP/1.1\r',
    'RFC 9112 §7.1',
  ),
  whole('thirty chunks of one byte', `${'1\r\na\r\n'.repeat(30)}0\r\n\r\n`, 'a'.repeat(30), 'RFC 9112 §7.1'),
];
