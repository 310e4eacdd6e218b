import type { AnsweredCase, BadAnswerCase } from './conformance-case.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const EMPTY = 'Content-Length: 0\r\n\r\n';

export const ANSWER_RULES: readonly AnsweredCase[] = [
  {
    claim: 'nothing that one of two Connection lines lists',
    rfc: 'RFC 9110 §7.6.1',
    cell: `${OK}Connection: X-A\r\nX-A: 1\r\nConnection: x-b\r\nX-B: 2\r\nY: 1\r\n${EMPTY}`,
    gets: `${OK}Y: 1\r\ncontent-length: 0\r\n`,
  },
  {
    claim: 'an empty value',
    rfc: 'RFC 9110 §5.5',
    cell: `${OK}X:\r\n${EMPTY}`,
    gets: `${OK}X: \r\ncontent-length: 0\r\n`,
  },
  {
    claim: 'a value without the white space around it',
    rfc: 'RFC 9112 §5.1',
    cell: `${OK}X: \t a \t\r\n${EMPTY}`,
    gets: `${OK}X: a\r\ncontent-length: 0\r\n`,
  },
  {
    claim: 'a status line without a reason',
    rfc: 'RFC 9112 §4',
    cell: `HTTP/1.1 200 \r\n${EMPTY}`,
    gets: `${OK}content-length: 0\r\n`,
  },
  {
    claim: '401 with its challenge',
    rfc: 'RFC 9110 §11.6.1',
    cell: `HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="a"\r\n${EMPTY}`,
    gets: 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="a"\r\ncontent-length: 0\r\n',
  },
  {
    claim: '206 with its range',
    rfc: 'RFC 9110 §15.3.7',
    cell: 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab',
    gets: 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\ncontent-length: 2\r\n',
    body: 'ab',
  },
  {
    claim: '205 without a body',
    rfc: 'RFC 9110 §15.3.6',
    cell: `HTTP/1.1 205 Reset Content\r\n${EMPTY}`,
    gets: 'HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n',
  },
  {
    claim: '501 of a cell',
    rfc: 'RFC 9110 §15.6.2',
    cell: `HTTP/1.1 501 Not Implemented\r\n${EMPTY}`,
    gets: 'HTTP/1.1 501 Not Implemented\r\ncontent-length: 0\r\n',
  },
  {
    claim: '304 without any length',
    rfc: 'RFC 9110 §15.4.5',
    cell: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
    gets: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n',
  },
  {
    claim: 'chunks with extensions, which end here',
    rfc: 'RFC 9112 §7.1.1',
    cell: `${OK}Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0;c\r\n\r\n`,
    gets: `${OK}Transfer-Encoding: chunked\r\n`,
    body: 'abc',
  },
  {
    claim: 'chunks whose sizes have capitals and leading zeros',
    rfc: 'RFC 9112 §7.1',
    cell: `${OK}Transfer-Encoding: Chunked\r\n\r\n00A\r\n0123456789\r\n0\r\n\r\n`,
    gets: `${OK}Transfer-Encoding: chunked\r\n`,
    body: '0123456789',
  },
  {
    claim: 'a body that looks like an answer',
    rfc: 'RFC 9112 §6.2',
    cell: `${OK}Content-Length: 38\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`,
    gets: `${OK}content-length: 38\r\n`,
    body: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  },
];

export const BAD_ANSWER_RULES: readonly BadAnswerCase[] = [
  ['a length with a plus', `${OK}Content-Length: +3\r\n\r\nabc`, 'BAD_RESPONSE', 'RFC 9110 §8.6'],
  ['a length in hexadecimal', `${OK}Content-Length: 0x3\r\n\r\nabc`, 'BAD_RESPONSE', 'RFC 9110 §8.6'],
  ['a length list', `${OK}Content-Length: 3, 3\r\n\r\nabc`, 'BAD_RESPONSE', 'RFC 9112 §6.3'],
  [
    'chunks in HTTP/1.0',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'BAD_RESPONSE',
    'RFC 9112 §6.1',
  ],
  [
    '204 that announces a body',
    'HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc',
    'BAD_RESPONSE',
    'RFC 9110 §8.6',
  ],
  ['an answer in HTTP/2.0 as text', 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n', 'BAD_RESPONSE', 'RFC 9112 §2.3'],
  ['a status of two digits', 'HTTP/1.1 99 What\r\nContent-Length: 0\r\n\r\n', 'BAD_RESPONSE', 'RFC 9112 §4'],
  ['a name that is no token', `${OK}X(1): a\r\nContent-Length: 0\r\n\r\n`, 'BAD_RESPONSE', 'RFC 9110 §5.1'],
  ['a line without a colon', `${OK}abc\r\nContent-Length: 0\r\n\r\n`, 'BAD_RESPONSE', 'RFC 9112 §5'],
  ['a bare LF behind a field', `${OK}X: a\nContent-Length: 0\r\n\r\n`, 'BAD_RESPONSE', 'RFC 9112 §2.2'],
  ['Transfer-Encoding: identity', `${OK}Transfer-Encoding: identity\r\n\r\n`, 'BAD_RESPONSE', 'RFC 9112 §6.1'],
  [
    'Connection that lists Content-Length',
    `${OK}Connection: Content-Length\r\nContent-Length: 0\r\n\r\n`,
    'BAD_RESPONSE',
    'RFC 9110 §7.6.1',
  ],
];
