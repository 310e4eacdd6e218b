import { GET, POST, type RefusedCase } from './conformance-case.ts';

const start = (line: string): string => `${line}\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n`;
const host = (value: string): string => `GET /x HTTP/1.1\r\nHost: ${value}\r\nX-User-Id: 12307\r\n\r\n`;
const path = (target: string): string => start(`GET ${target} HTTP/1.1`);

export const REQUEST_LINES: readonly RefusedCase[] = [
  ['an empty method', start(' /x HTTP/1.1'), 'BAD_REQUEST', 'RFC 9112 §3'],
  ['no target', start('GET HTTP/1.1'), 'BAD_REQUEST', 'RFC 9112 §3'],
  ['a method with a byte above ASCII', start('G\xc9T /x HTTP/1.1'), 'BAD_REQUEST', 'RFC 9110 §9.1'],
  ['a method with a colon', start('GET: /x HTTP/1.1'), 'BAD_REQUEST', 'RFC 9110 §9.1'],
  ['a method with a NUL', start('GE\0T /x HTTP/1.1'), 'BAD_REQUEST', 'RFC 9110 §9.1'],
  ['a method of 40 characters', start(`${'A'.repeat(40)} /x HTTP/1.1`), 'BAD_REQUEST', 'RFC 9112 §3'],
  ['TRACK, which is TRACE by another name', start('TRACK /x HTTP/1.1'), 'METHOD_REFUSED', 'RFC 9110 §9.3.8'],
  ['a space before the method', start(' GET /x HTTP/1.1'), 'BAD_REQUEST', 'RFC 9112 §3'],
  ['HTTP/1.1 with more digits', start('GET /x HTTP/1.10'), 'BAD_REQUEST', 'RFC 9112 §2.3'],
  ['HTTP/01.1', start('GET /x HTTP/01.1'), 'BAD_REQUEST', 'RFC 9112 §2.3'],
  ['HTTP/1,1', start('GET /x HTTP/1,1'), 'BAD_REQUEST', 'RFC 9112 §2.3'],
  ['HTTP/1.', start('GET /x HTTP/1.'), 'BAD_REQUEST', 'RFC 9112 §2.3'],
  ['HTTP/3.0', start('GET /x HTTP/3.0'), 'BAD_REQUEST', 'RFC 9112 §2.3'],
  ['another protocol in the version', start('GET /x RTSP/1.0'), 'BAD_REQUEST', 'RFC 9112 §2.3'],
  ['a fourth word', start('GET /x HTTP/1.1 y'), 'BAD_REQUEST', 'RFC 9112 §3'],
  [
    'a bare CR behind the version',
    'GET /x HTTP/1.1\rHost: a\r\nX-User-Id: 12307\r\n\r\n',
    'BAD_REQUEST',
    'RFC 9112 §2.2',
  ],
  [
    'two CRs behind the version',
    'GET /x HTTP/1.1\r\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n',
    'BAD_REQUEST',
    'RFC 9112 §2.2',
  ],
  ['a TLS hello on a plain door', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 'BAD_REQUEST', 'RFC 9112 §3'],
  ['an answer instead of a request', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'BAD_REQUEST', 'RFC 9112 §2.1'],
];

export const TARGETS: readonly RefusedCase[] = [
  ['DEL in the target', path('/\x7f'), 'BAD_TARGET', 'RFC 9112 §3.2'],
  ['a tab in the target', path('/a\tb'), 'BAD_TARGET', 'RFC 9112 §3.2'],
  ['a bare CR in the target', path('/a\rb'), 'BAD_TARGET', 'RFC 9112 §2.2'],
  ['a relative target', path('x'), 'BAD_TARGET', 'RFC 9112 §3.2.1'],
  ['authority form with GET', path('a:80'), 'BAD_TARGET', 'RFC 9112 §3.2.3'],
  ['* with something behind it', start('OPTIONS *x HTTP/1.1'), 'BAD_TARGET', 'RFC 9112 §3.2.4'],
  ['absolute form without an authority', path('http:///x'), 'BAD_TARGET', 'RFC 9112 §3.2.2'],
  ['absolute form with user information', path('http://u@a/x'), 'BAD_TARGET', 'RFC 9110 §4.2.4'],
  ['absolute form with another port', path('http://a:81/x'), 'BAD_HOST', 'RFC 9112 §3.2.2'],
  ['a fragment in absolute form', path('http://a/x#y'), 'BAD_TARGET', 'RFC 9112 §3.2.2'],
  ['a backslash in absolute form', path('http://a\\b/x'), 'BAD_TARGET', 'RFC 9112 §3.2.2'],
  ['a fragment behind the query', path('/x?y#z'), 'BAD_TARGET', 'RFC 9112 §3.2.1'],
  ['a byte above ASCII in the query', path('/x?\xe9'), 'BAD_TARGET', 'RFC 9112 §3.2.1'],
];

export const PATHS: readonly RefusedCase[] = [
  ['a dot segment', path('/./x'), 'AMBIGUOUS_PATH', 'RFC 3986 §5.2.4'],
  ['dots at the end', path('/x/..'), 'AMBIGUOUS_PATH', 'RFC 3986 §5.2.4'],
  ['dots of which one is encoded', path('/x/.%2e/y'), 'AMBIGUOUS_PATH', 'RFC 3986 §6.2.2.2'],
  ['dots in capitals', path('/x/%2E%2E/y'), 'AMBIGUOUS_PATH', 'RFC 3986 §6.2.2.1'],
  ['an encoded backslash', path('/x%5Cy'), 'AMBIGUOUS_PATH', 'RFC 3986 §2.2'],
  ['an encoded semicolon', path('/x%3By'), 'AMBIGUOUS_PATH', 'RFC 3986 §3.3'],
  ['an encoded NUL', path('/x%00'), 'AMBIGUOUS_PATH', 'RFC 3986 §2.1'],
  ['an encoded line feed', path('/x%0a'), 'AMBIGUOUS_PATH', 'RFC 3986 §2.1'],
  ['an encoded DEL', path('/x%7F'), 'AMBIGUOUS_PATH', 'RFC 3986 §2.1'],
  ['% with one digit', path('/x%2'), 'AMBIGUOUS_PATH', 'RFC 3986 §2.1'],
  ['% with letters that are no digits', path('/x%zz'), 'AMBIGUOUS_PATH', 'RFC 3986 §2.1'],
  ['%u0041', path('/x%u0041'), 'AMBIGUOUS_PATH', 'RFC 3986 §2.1'],
  ['an overlong slash', path('/x%c0%afy'), 'AMBIGUOUS_PATH', 'RFC 3629 §3'],
  ['half a character', path('/x%c3'), 'AMBIGUOUS_PATH', 'RFC 3629 §3'],
  ['an encoded encoding that becomes one', path('/x%25%32f'), 'AMBIGUOUS_PATH', 'RFC 3986 §2.4'],
  ['two slashes at the end', path('/x//'), 'AMBIGUOUS_PATH', 'RFC 3986 §3.3'],
  ['a path parameter behind dots', path('/..;/x'), 'AMBIGUOUS_PATH', 'RFC 3986 §3.3'],
];

export const HOSTS: readonly RefusedCase[] = [
  ['a Host with a space', host('a b'), 'BAD_HOST', 'RFC 9112 §3.2'],
  ['two names in one Host', host('a, b'), 'BAD_HOST', 'RFC 9112 §3.2'],
  ['a Host with an empty port', host('a:'), 'BAD_HOST', 'RFC 9110 §4.2.3'],
  ['a Host with a port of six digits', host('a:100000'), 'BAD_HOST', 'RFC 3986 §3.2.3'],
  ['a Host with a port that is no number', host('a:x'), 'BAD_HOST', 'RFC 3986 §3.2.3'],
  ['a Host with two ports', host('a:1:2'), 'BAD_HOST', 'RFC 3986 §3.2.3'],
  ['a Host with an open bracket', host('[::1'), 'BAD_HOST', 'RFC 3986 §3.2.2'],
  ['a Host with an address that is none', host('[::g]'), 'BAD_HOST', 'RFC 3986 §3.2.2'],
  ['a Host with an IPv4 address out of range', host('1.2.3.256'), 'BAD_HOST', 'RFC 3986 §3.2.2'],
  ['a Host with an encoded letter', host('%61'), 'BAD_HOST', 'RFC 3986 §3.2.2'],
  ['a Host with a query', host('a?b'), 'BAD_HOST', 'RFC 9112 §3.2'],
  ['a Host above ASCII', host('\xe9'), 'BAD_HOST', 'RFC 3986 §3.2.2'],
  ['a Host in absolute form', host('http://a'), 'BAD_HOST', 'RFC 9112 §3.2'],
  ['a Host of nothing but a tab', host('\t'), 'BAD_HOST', 'RFC 9112 §3.2'],
  [
    'two Hosts around other fields',
    `GET /x HTTP/1.1\r\nHost: b\r\nY: 1\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n`,
    'BAD_HOST',
    'RFC 9112 §3.2',
  ],
];

export const NAMES_AND_VALUES: readonly RefusedCase[] = [
  ['a space inside a name', `${GET}X Y: a\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.1'],
  ['a tab inside a name', `${GET}X\tY: a\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.1'],
  ['a NUL in a name', `${GET}X\0: a\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.1'],
  ['a quote in a name', `${GET}"X": a\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.1'],
  ['a slash in a name', `${GET}X/Y: a\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.1'],
  ['a brace in a name', `${GET}X{: a\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.1'],
  ['DEL in a name', `${GET}X\x7f: a\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.1'],
  ['a bare CR in a name', `${GET}X\rY: a\r\n\r\n`, 'BAD_HEADER', 'RFC 9112 §2.2'],
  ['two CRs behind a field', `${GET}X: a\r\r\n\r\n`, 'BAD_HEADER', 'RFC 9112 §2.2'],
  ['a CR before the empty line', `${GET}\r\r\n`, 'BAD_HEADER', 'RFC 9112 §2.2'],
  ['a vertical tab in a value', `${GET}X: a\x0bb\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.5'],
  ['a form feed in a value', `${GET}X: a\x0cb\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.5'],
  ['ESC in a value', `${GET}X: \x1b[2J\r\n\r\n`, 'BAD_HEADER', 'RFC 9110 §5.5'],
  ['a folded empty line', `${GET}X: a\r\n \r\n\r\n`, 'BAD_HEADER', 'RFC 9112 §5.2'],
  [
    'two expectations',
    `${POST}Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n`,
    'EXPECTATION_FAILED',
    'RFC 9110 §10.1.1',
  ],
  [
    'OPTIONS that overrides its method',
    `${GET.replace('GET', 'OPTIONS')}X-Method-Override: PUT\r\n\r\n`,
    'BAD_HEADER',
    'RFC 9110 §9.2.1',
  ],
  ['101 fields', `${GET}${'X: a\r\n'.repeat(99)}\r\n`, 'HEAD_TOO_LARGE', 'RFC 6585 §5'],
  ['a name of 17 KiB', `${GET}${'X'.repeat(17 * 1024)}: a\r\n\r\n`, 'HEAD_TOO_LARGE', 'RFC 6585 §5'],
];
