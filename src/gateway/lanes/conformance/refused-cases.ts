import { CHUNKED, GET, POST, type RefusedCase } from './conformance-case.ts';

const many = (count: number): string => Array.from({ length: count }, (_, index) => `X${index}: a\r\n`).join('');
const start = (line: string): string => `${line}\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n`;

const LINES: readonly RefusedCase[] = [
  ['a folded field', `${GET}X: a\r\n b\r\n\r\n`, 'BAD_HEADER', 'RFC 9112 §5.2'],
  ['a folded field with a tab', `${GET}X: a\r\n\tb\r\n\r\n`, 'BAD_HEADER', 'RFC 9112 §5.2'],
  [
    'a bare LF after the request line',
    'GET /x HTTP/1.1\nHost: a\r\nX-User-Id: 12307\r\n\r\n',
    'BAD_REQUEST',
    'RFC 9112 §2.2',
  ],
  ['a bare LF after a field', `${GET}X: a\nY: b\r\n\r\n`, 'BAD_HEADER', 'RFC 9112 §2.2'],
  ['a bare LF instead of the empty line', `${GET}\n`, 'BAD_REQUEST', 'RFC 9112 §2.2'],
  ['a bare CR in a value', `${GET}X: a\rb\r\n\r\n`, 'BAD_HEADER', 'RFC 9112 §2.2'],
  ['a space before the colon', `${GET}X : a\r\n\r\n`, 'BAD_HEADER', 'RFC 9112 §5.1'],
  ['a space before the first name', 'GET /x HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n', 'BAD_HEADER', 'RFC 9112 §2.2'],
  ['an empty name', `${GET}: a\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.1'],
  ['a line without a colon', `${GET}abc\r\n\r\n`, 'BAD_HEADER', 'RFC 9112 §5'],
  ['a parenthesis in a name', `${GET}X(1): a\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.1'],
  ['a byte above ASCII in a name', `${GET}X\xe9: a\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.1'],
  ['a NUL in a value', `${GET}X: a\0b\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.5'],
  ['a control character in a value', `${GET}X: a\x01b\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.5'],
  ['DEL in a value', `${GET}X: a\x7fb\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.5'],
  ['two spaces after the method', start('GET  /x HTTP/1.1'), 'BAD_REQUEST', 'RFC 9112 §3'],
  ['a space after the version', start('GET /x HTTP/1.1 '), 'BAD_REQUEST', 'RFC 9112 §3'],
  ['a tab after the method', start('GET\t/x HTTP/1.1'), 'BAD_REQUEST', 'RFC 9112 §3'],
  ['bare LFs before the request line', `\n\n${GET}\r\n`, 'BAD_REQUEST', 'RFC 9112 §2.2'],
];

const START_LINES: readonly RefusedCase[] = [
  ['HTTP/0.9', 'GET /x\r\n\r\n', 'BAD_REQUEST', 'RFC 9112 §2.3'],
  ['HTTP/1.2', start('GET /x HTTP/1.2'), 'BAD_REQUEST', 'RFC 9112 §2.3'],
  ['HTTP/2.0 in text', start('GET /x HTTP/2.0'), 'BAD_REQUEST', 'RFC 9112 §2.3'],
  ['http/1.1 in lower case', start('GET /x http/1.1'), 'BAD_REQUEST', 'RFC 9112 §2.3'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'BAD_REQUEST', 'RFC 9112 §2.3'],
  ['a method with a slash', start('GE/T /x HTTP/1.1'), 'BAD_REQUEST', 'RFC 9110 §9.1'],
  ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nX-User-Id: 12307\r\n\r\n', 'METHOD_REFUSED', 'RFC 9110 §9.3.6'],
  ['TRACE', start('TRACE /x HTTP/1.1'), 'METHOD_REFUSED', 'RFC 9110 §9.3.8'],
  ['a fragment in the target', start('GET /x#y HTTP/1.1'), 'BAD_TARGET', 'RFC 9112 §3.2'],
  ['a backslash in the target', start('GET /a\\b HTTP/1.1'), 'BAD_TARGET', 'RFC 9112 §3.2'],
  ['a byte above ASCII in the target', start('GET /\xe9 HTTP/1.1'), 'BAD_TARGET', 'RFC 9112 §3.2'],
  ['a NUL in the target', start('GET /\0 HTTP/1.1'), 'BAD_TARGET', 'RFC 9112 §3.2'],
  ['a space in the target', start('GET /a b HTTP/1.1'), 'BAD_TARGET', 'RFC 9112 §3.2'],
  ['* with GET', start('GET * HTTP/1.1'), 'BAD_TARGET', 'RFC 9112 §3.2.4'],
  ['absolute form of another scheme', start('GET ftp://a/x HTTP/1.1'), 'BAD_TARGET', 'RFC 9112 §3.2.2'],
  ['absolute form with another host', start('GET http://b/x HTTP/1.1'), 'BAD_HOST', 'RFC 9112 §3.2.2'],
  ['a target of 9,000 bytes', start(`GET /${'a'.repeat(9000)} HTTP/1.1`), 'TARGET_TOO_LONG', 'RFC 9112 §3'],
  ['dots in the path', start('GET /a/../global/x HTTP/1.1'), 'AMBIGUOUS_PATH', 'RFC 3986 §5.2.4'],
  ['encoded dots in the path', start('GET /a/%2e%2e/global/x HTTP/1.1'), 'AMBIGUOUS_PATH', 'RFC 3986 §5.2.4'],
  ['an encoded slash', start('GET /global%2fx HTTP/1.1'), 'AMBIGUOUS_PATH', 'RFC 3986 §2.2'],
  ['two slashes', start('GET //global/x HTTP/1.1'), 'AMBIGUOUS_PATH', 'RFC 3986 §3.3'],
  ['a path parameter', start('GET /global;x HTTP/1.1'), 'AMBIGUOUS_PATH', 'RFC 3986 §3.3'],
  ['an encoding of an encoding', start('GET /a%252fb HTTP/1.1'), 'AMBIGUOUS_PATH', 'RFC 3986 §2.4'],
];

const HOSTS_AND_FIELDS: readonly RefusedCase[] = [
  ['no Host', 'GET /x HTTP/1.1\r\nX-User-Id: 12307\r\n\r\n', 'BAD_HOST', 'RFC 9112 §3.2'],
  ['no Host in HTTP/1.0', 'GET /x HTTP/1.0\r\nX-User-Id: 12307\r\n\r\n', 'BAD_HOST', 'RFC 9112 §3.2'],
  ['a second Host', `${GET}Host: b\r\n\r\n`, 'BAD_HOST', 'RFC 9112 §3.2'],
  ['the same Host twice', `${GET}Host: a\r\n\r\n`, 'BAD_HOST', 'RFC 9112 §3.2'],
  ['an empty Host', 'GET /x HTTP/1.1\r\nHost:\r\nX-User-Id: 12307\r\n\r\n', 'BAD_HOST', 'RFC 9112 §3.2'],
  [
    'a Host with user information',
    'GET /x HTTP/1.1\r\nHost: u@a\r\nX-User-Id: 12307\r\n\r\n',
    'BAD_HOST',
    'RFC 3986 §3.2.1',
  ],
  ['a Host with a path', 'GET /x HTTP/1.1\r\nHost: a/b\r\nX-User-Id: 12307\r\n\r\n', 'BAD_HOST', 'RFC 9112 §3.2'],
  ['150 fields', `${GET}${many(150)}\r\n`, 'HEAD_TOO_LARGE', 'RFC 6585 §5'],
  ['a head of 17 KiB', `${GET}X: ${'a'.repeat(17 * 1024)}\r\n\r\n`, 'HEAD_TOO_LARGE', 'RFC 6585 §5'],
  ['a head of 70 KiB', `${GET}X: ${'a'.repeat(70 * 1024)}\r\n\r\n`, 'HEAD_TOO_LARGE', 'RFC 6585 §5'],
  ['Content_Length', `${GET}Content_Length: 5\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §16.3.1'],
  ['Transfer_Encoding', `${GET}Transfer_Encoding: chunked\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §16.3.1'],
  [
    'ldc_user_id, which CGI would take for ldc-user-id',
    `${GET}ldc_user_id: 1\r\n\r\n`,
    'BAD_HEADER',
    'RFC 9110 §16.3.1',
  ],
  ['X_User_Id, which CGI would take for the identity', `${GET}X_User_Id: 1\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §16.3.1'],
  ['Connection that lists Host', `${GET}Connection: Host\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §7.6.1'],
  ['Connection that lists ldc-user-id', `${GET}Connection: ldc-user-id\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §7.6.1'],
  ['Connection that lists the identity header', `${GET}Connection: X-User-Id\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §7.6.1'],
  [
    'an unknown expectation',
    `${POST}Expect: foo\r\nContent-Length: 0\r\n\r\n`,
    'EXPECTATION_FAILED',
    'RFC 9110 §10.1.1',
  ],
  ['GET that overrides its method', `${GET}X-HTTP-Method-Override: DELETE\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §9.2.1'],
  [
    'h2c',
    `${GET}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n`,
    'BAD_REQUEST',
    'RFC 9113 §3.1',
  ],
  ['h2c that Connection does not list', `${GET}Upgrade: h2c\r\n\r\n`, 'BAD_REQUEST', 'RFC 9113 §3.1'],
  ['an upgrade to TLS', `${GET}Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n`, 'BAD_REQUEST', 'RFC 9110 §7.8'],
  [
    'an upgrade with a body',
    `${POST}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc`,
    'BAD_FRAMING',
    'RFC 9110 §7.8',
  ],
];

const LENGTHS: readonly RefusedCase[] = [
  [
    'Content-Length and Transfer-Encoding',
    `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'BAD_FRAMING',
    'RFC 9112 §6.1',
  ],
  [
    'Transfer-Encoding and Content-Length',
    `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    'BAD_FRAMING',
    'RFC 9112 §6.1',
  ],
  [
    'two different Content-Lengths',
    `${POST}Content-Length: 0\r\nContent-Length: 5\r\n\r\n`,
    'BAD_FRAMING',
    'RFC 9112 §6.3',
  ],
  [
    'the same Content-Length twice',
    `${POST}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`,
    'BAD_FRAMING',
    'RFC 9112 §6.3',
  ],
  ['Content-Length: 1, 1', `${POST}Content-Length: 1, 1\r\n\r\nx`, 'BAD_FRAMING', 'RFC 9110 §8.6'],
  ['Content-Length: +1', `${POST}Content-Length: +1\r\n\r\nx`, 'BAD_FRAMING', 'RFC 9110 §8.6'],
  ['Content-Length: -1', `${POST}Content-Length: -1\r\n\r\nx`, 'BAD_FRAMING', 'RFC 9110 §8.6'],
  ['Content-Length: 0x1', `${POST}Content-Length: 0x1\r\n\r\nx`, 'BAD_FRAMING', 'RFC 9110 §8.6'],
  ['Content-Length: 0001', `${POST}Content-Length: 0001\r\n\r\nx`, 'BAD_FRAMING', 'RFC 9110 §8.6'],
  ['Content-Length: 1_0', `${POST}Content-Length: 1_0\r\n\r\nx`, 'BAD_FRAMING', 'RFC 9110 §8.6'],
  ['an empty Content-Length', `${POST}Content-Length:\r\n\r\n`, 'BAD_FRAMING', 'RFC 9110 §8.6'],
  ['a Content-Length of 23 digits', `${POST}Content-Length: ${'9'.repeat(23)}\r\n\r\n`, 'BAD_FRAMING', 'RFC 9110 §8.6'],
  [
    'Transfer-Encoding: gzip, chunked',
    `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    'BAD_FRAMING',
    'RFC 9112 §6.1',
  ],
  ['Transfer-Encoding: identity', `${POST}Transfer-Encoding: identity\r\n\r\n`, 'BAD_FRAMING', 'RFC 9112 §6.1'],
  [
    'Transfer-Encoding: chunked, identity',
    `${POST}Transfer-Encoding: chunked, identity\r\n\r\n`,
    'BAD_FRAMING',
    'RFC 9112 §6.1',
  ],
  [
    'Transfer-Encoding: xchunked',
    `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    'BAD_FRAMING',
    'RFC 9112 §6.1',
  ],
  [
    'Transfer-Encoding twice',
    `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'BAD_FRAMING',
    'RFC 9112 §6.1',
  ],
  [
    'a vertical tab before chunked',
    `${POST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`,
    'BAD_HEADER',
    'RFC 9112 §6.1',
  ],
  ['chunked in HTTP/1.0', `${CHUNKED.replace('HTTP/1.1', 'HTTP/1.0')}0\r\n\r\n`, 'BAD_FRAMING', 'RFC 9112 §6.1'],
];

/** The head is right, and its request is on its way to the cell, when the body breaks: the cell never gets it whole. */
export const BROKEN_BODIES: readonly RefusedCase[] = [
  ['a chunk size with a space', `${CHUNKED}3 \r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a chunk size with 0x', `${CHUNKED}0x3\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a negative chunk size', `${CHUNKED}-1\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a chunk size that overflows', `${CHUNKED}fffffffffffffffff\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a chunk longer than its size', `${CHUNKED}2\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['bare LFs between chunks', `${CHUNKED}3\nabc\n0\n\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
  ['a chunk extension with a bare LF', `${CHUNKED}3;a\nbc\r\nabc\r\n0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1.1'],
  ['a chunk without CRLF behind it', `${CHUNKED}3\r\nabc0\r\n\r\n`, 'BAD_REQUEST', 'RFC 9112 §7.1'],
];

export const REFUSED: Readonly<Record<string, readonly RefusedCase[]>> = {
  LINES,
  START_LINES,
  HOSTS_AND_FIELDS,
  LENGTHS,
};
