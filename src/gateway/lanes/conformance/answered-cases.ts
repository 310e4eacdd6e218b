import type { AnsweredCase, BadAnswerCase } from './conformance-case.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

const HEADS: readonly AnsweredCase[] = [
  {
    claim: 'a length',
    rfc: 'RFC 9112 §6.2',
    cell: `${OK}Content-Length: 3\r\n\r\nabc`,
    gets: `${OK}content-length: 3\r\n`,
    body: 'abc',
  },
  {
    claim: 'an empty body',
    rfc: 'RFC 9112 §6.2',
    cell: `${OK}Content-Length: 0\r\n\r\n`,
    gets: `${OK}content-length: 0\r\n`,
  },
  {
    claim: 'order, case and repetitions of fields',
    rfc: 'RFC 9110 §5.3',
    cell: `${OK}b: 2\r\nA: 1\r\nB: 3\r\nContent-Length: 0\r\n\r\n`,
    gets: `${OK}b: 2\r\nA: 1\r\nB: 3\r\ncontent-length: 0\r\n`,
  },
  {
    claim: 'Set-Cookie twice, apart and in order',
    rfc: 'RFC 6265 §3',
    cell: `${OK}Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n`,
    gets: `${OK}Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\ncontent-length: 0\r\n`,
  },
  {
    claim: 'bytes above ASCII in values',
    rfc: 'RFC 9110 §5.5',
    cell: `${OK}X: \xe9\xff\r\nContent-Length: 0\r\n\r\n`,
    gets: `${OK}X: \xe9\xff\r\ncontent-length: 0\r\n`,
  },
  {
    claim: 'ldc-* of a cell are left out',
    rfc: 'RFC 9110 §16.3.1',
    cell: `${OK}ldc-unit: RZ09\r\nLDC-Cell: x\r\nldc_epoch: 3\r\nContent-Length: 0\r\n\r\n`,
    gets: `${OK}content-length: 0\r\n`,
  },
  {
    claim: 'hop-by-hop fields are left out',
    rfc: 'RFC 9110 §7.6.1',
    cell: `${OK}Keep-Alive: timeout=9\r\nProxy-Authenticate: x\r\nUpgrade: h2\r\nConnection: X-Gone\r\nX-Gone: 1\r\nY: 1\r\nContent-Length: 0\r\n\r\n`,
    gets: `${OK}Y: 1\r\ncontent-length: 0\r\n`,
  },
  {
    claim: 'Connection: close of a cell ends its connection, not the client’s',
    rfc: 'RFC 9112 §9.6',
    cell: `${OK}Connection: close\r\nContent-Length: 2\r\n\r\nhi`,
    gets: `${OK}content-length: 2\r\n`,
    body: 'hi',
    cellCloses: true,
  },
  {
    claim: 'a status with another reason',
    rfc: 'RFC 9112 §4',
    cell: 'HTTP/1.1 299 Whatever It Is\r\nContent-Length: 0\r\n\r\n',
    gets: 'HTTP/1.1 299 unknown\r\ncontent-length: 0\r\n',
  },
  {
    claim: '421 of a cell is an answer like any other',
    rfc: 'RFC 9110 §15.5.20',
    cell: 'HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n',
    gets: 'HTTP/1.1 421 Misdirected Request\r\ncontent-length: 0\r\n',
  },
  {
    claim: '503 of a cell is an answer like any other',
    rfc: 'RFC 9110 §15.6.4',
    cell: 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 9\r\n\r\n',
    gets: 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 9\r\ncontent-length: 0\r\n',
  },
  {
    claim: 'a redirect, untouched',
    rfc: 'RFC 9110 §15.4',
    cell: 'HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n',
    gets: 'HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\ncontent-length: 0\r\n',
  },
  {
    claim: 'a content coding, untouched',
    rfc: 'RFC 9110 §8.4',
    cell: `${OK}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x00`,
    gets: `${OK}Content-Encoding: gzip\r\ncontent-length: 3\r\n`,
    body: '\x1f\x8b\x00',
  },
];

const FRAMING: readonly AnsweredCase[] = [
  {
    claim: 'chunks',
    rfc: 'RFC 9112 §7.1',
    cell: `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`,
    gets: `${OK}Transfer-Encoding: chunked\r\n`,
    body: 'abcde',
  },
  {
    claim: 'no chunk at all',
    rfc: 'RFC 9112 §7.1',
    cell: `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    gets: `${OK}Transfer-Encoding: chunked\r\n`,
  },
  {
    claim: 'trailers',
    rfc: 'RFC 9112 §7.1.2',
    cell: `${OK}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\nx-sum: 8\r\n\r\n`,
    gets: `${OK}Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n`,
    body: 'abc',
    trailers: 'X-Sum: 9\r\nx-sum: 8\r\n',
  },
  {
    claim: 'trailers that frame, route or are ours are left out',
    rfc: 'RFC 9110 §6.5.1',
    cell: `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nldc-unit: x\r\nSet-Cookie: a=1\r\nX-Sum: 9\r\n\r\n`,
    gets: `${OK}Transfer-Encoding: chunked\r\n`,
    trailers: 'X-Sum: 9\r\n',
  },
  {
    claim: 'a body that ends with the cell’s connection becomes chunks',
    rfc: 'RFC 9112 §6.3',
    cell: `${OK}Connection: close\r\n\r\nabc`,
    gets: `${OK}Transfer-Encoding: chunked\r\n`,
    body: 'abc',
    cellCloses: true,
  },
  {
    claim: 'an HTTP/1.0 cell',
    rfc: 'RFC 9112 §2.3',
    cell: 'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc',
    gets: `${OK}content-length: 3\r\n`,
    body: 'abc',
    cellCloses: true,
  },
  {
    claim: '204 has no body',
    rfc: 'RFC 9110 §15.3.5',
    cell: 'HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n',
    gets: 'HTTP/1.1 204 No Content\r\nX: 1\r\n',
  },
  {
    claim: '304 has no body, and keeps the length that it tells',
    rfc: 'RFC 9110 §15.4.5',
    cell: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 99\r\n\r\n',
    gets: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\ncontent-length: 99\r\n',
  },
  {
    claim: 'HEAD has no body, and keeps the length that it tells',
    rfc: 'RFC 9110 §9.3.2',
    method: 'HEAD',
    cell: `${OK}Content-Length: 99\r\n\r\n`,
    gets: `${OK}content-length: 99\r\n`,
  },
  {
    claim: 'HEAD of something in chunks',
    rfc: 'RFC 9110 §9.3.2',
    method: 'HEAD',
    cell: `${OK}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n`,
    gets: OK,
  },
  {
    claim: 'HEAD that is refused has no body',
    rfc: 'RFC 9110 §9.3.2',
    method: 'HEAD',
    cell: 'HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n',
    gets: 'HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n',
  },
  {
    claim: 'a long body',
    rfc: 'RFC 9112 §6.2',
    cell: `${OK}Content-Length: 300000\r\n\r\n${'abc'.repeat(100_000)}`,
    gets: `${OK}content-length: 300000\r\n`,
    body: 'abc'.repeat(100_000),
  },
];

export const ANSWERED: Readonly<Record<string, readonly AnsweredCase[]>> = { HEADS, FRAMING };

/** Answers that break a rule: the client gets 502 and its connection stays; `CELL_RESET`: the cell ended it too early. */
export const BAD_ANSWERS: readonly BadAnswerCase[] = [
  ['two different lengths', `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, 'BAD_RESPONSE', 'RFC 9112 §6.3'],
  [
    'both lengths',
    `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'BAD_RESPONSE',
    'RFC 9112 §6.3',
  ],
  ['gzip, chunked', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 'BAD_RESPONSE', 'RFC 9112 §6.1'],
  ['a space before the colon', `${OK}X : 1\r\nContent-Length: 0\r\n\r\n`, 'BAD_RESPONSE', 'RFC 9112 §5.1'],
  ['a folded field', `${OK}X: 1\r\n 2\r\nContent-Length: 0\r\n\r\n`, 'BAD_RESPONSE', 'RFC 9112 §5.2'],
  ['a bare CR in a value', `${OK}X: 1\r2\r\nContent-Length: 0\r\n\r\n`, 'BAD_RESPONSE', 'RFC 9112 §2.2'],
  ['a NUL in a value', `${OK}X: 1\x002\r\nContent-Length: 0\r\n\r\n`, 'BAD_RESPONSE', 'RFC 9110 §5.5'],
  [
    '101 that nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    'BAD_RESPONSE',
    'RFC 9110 §15.2.2',
  ],
  ['a status of 999', 'HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n', 'BAD_RESPONSE', 'RFC 9110 §15'],
  ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n', 'BAD_RESPONSE', 'RFC 9112 §2.1'],
  [
    'a head of 100 KiB',
    `${OK}X: ${'a'.repeat(100 * 1024)}\r\nContent-Length: 0\r\n\r\n`,
    'BAD_RESPONSE',
    'RFC 9110 §5.4',
  ],
];
