import { CHUNKED, GET, type PassedCase, POST } from './conformance-case.ts';

const SENT = 'X-User-Id: 12307\r\n';
const get = (line: string, fields = ''): string => `${line}\r\nHost: a\r\nX-User-Id: 12307\r\n${fields}\r\n`;

/** Methods and targets. */
const START_LINES: readonly PassedCase[] = [
  ...['GET', 'OPTIONS', 'DELETE', 'PROPFIND', 'QUERY', 'REPORT', 'PATCH', 'M-SEARCH'].map((method) => ({
    claim: `${method} without a body`,
    rfc: 'RFC 9110 §9.1',
    bytes: get(`${method} /x HTTP/1.1`),
    sent: `${method} /x HTTP/1.1\r\n${SENT}`,
  })),
  {
    claim: 'a method that nobody knows',
    rfc: 'RFC 9110 §9.1',
    bytes: get('BREW /x HTTP/1.1'),
    sent: `BREW /x HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'a method in lower case, which is another method',
    rfc: 'RFC 9110 §9.1',
    bytes: get('get /x HTTP/1.1'),
    sent: `get /x HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'OPTIONS *, in the form that means the same',
    rfc: 'RFC 9112 §3.2.4',
    bytes: get('OPTIONS * HTTP/1.1'),
    sent: `OPTIONS http://a HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'absolute form',
    rfc: 'RFC 9112 §3.2.2',
    bytes: get('GET http://a/x?y HTTP/1.1'),
    sent: `GET /x?y HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'absolute form without a path',
    rfc: 'RFC 9112 §3.2.2',
    bytes: get('GET http://a HTTP/1.1'),
    sent: `GET / HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'a query, byte for byte',
    rfc: 'RFC 9112 §3.2.1',
    bytes: get("GET /x?a=%2F..%2f&b[]={'}|^` HTTP/1.1"),
    sent: `GET /x?a=%2F..%2f&b[]={'}|^\` HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'an empty query',
    rfc: 'RFC 3986 §3.4',
    bytes: get('GET /x? HTTP/1.1'),
    sent: `GET /x? HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'the path that was matched on: encoded letters',
    rfc: 'RFC 3986 §6.2.2.2',
    bytes: get('GET /%78/%7e HTTP/1.1'),
    sent: `GET /x/~ HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'the path that was matched on: digits in upper case',
    rfc: 'RFC 3986 §6.2.2.1',
    bytes: get('GET /%c3%a9 HTTP/1.1'),
    sent: `GET /%C3%A9 HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'a target of 8,000 bytes',
    rfc: 'RFC 9112 §3',
    bytes: get(`GET /${'a'.repeat(8000)} HTTP/1.1`),
    sent: `GET /${'a'.repeat(8000)} HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'a CRLF before the request line',
    rfc: 'RFC 9112 §2.2',
    bytes: `\r\n${GET}\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'HTTP/1.0, after which the connection ends',
    rfc: 'RFC 9112 §2.5',
    bytes: get('GET /x HTTP/1.0'),
    sent: `GET /x HTTP/1.1\r\n${SENT}`,
    closes: true,
  },
];

const FIELDS: readonly PassedCase[] = [
  {
    claim: 'order, case and repetitions of fields',
    rfc: 'RFC 9110 §5.3',
    bytes: `${GET}b: 2\r\nA: 1\r\nB: 3\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}b: 2\r\nA: 1\r\nB: 3\r\n`,
  },
  {
    claim: 'bytes above ASCII in values',
    rfc: 'RFC 9110 §5.5',
    bytes: `${GET}X: \xe9\xff\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}X: \xe9\xff\r\n`,
  },
  {
    claim: 'an empty value',
    rfc: 'RFC 9110 §5.5',
    bytes: `${GET}X:\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}X: \r\n`,
  },
  {
    claim: 'a tab inside a value',
    rfc: 'RFC 9110 §5.5',
    bytes: `${GET}X: a\tb\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}X: a\tb\r\n`,
  },
  {
    claim: 'two Cookie lines',
    rfc: 'RFC 6265 §5.4',
    bytes: `${GET}Cookie: a=1\r\nCookie: b=2\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}Cookie: a=1\r\nCookie: b=2\r\n`,
  },
  {
    claim: 'no hop-by-hop field',
    rfc: 'RFC 9110 §7.6.1',
    bytes: `${GET}Keep-Alive: 5\r\nProxy-Connection: x\r\nTE: trailers\r\nProxy-Authorization: x\r\nY: 1\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}Y: 1\r\n`,
  },
  {
    claim: 'nothing that Connection lists',
    rfc: 'RFC 9110 §7.6.1',
    bytes: `${GET}Connection: X-Gone, keep-alive\r\nX-Gone: 1\r\nX-Stays: 1\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}X-Stays: 1\r\n`,
  },
  {
    claim: 'no ldc-* of a client, in any case',
    rfc: 'RFC 9110 §16.3.1',
    bytes: `${GET}ldc-user-id: 99\r\nLDC-Unit: RZ09\r\nldc-epoch: 9\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'no word of a client about who it is',
    rfc: 'RFC 7239 §5',
    bytes: `${GET}Forwarded: for=1.1.1.1\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Real-IP: 1.1.1.1\r\nX-Request-Id: mine\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'no header that lets some applications route elsewhere',
    rfc: 'RFC 9110 §7.1',
    bytes: `${GET}X-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'Connection: close ends here, and so does the connection',
    rfc: 'RFC 9112 §9.6',
    bytes: `${GET}Connection: close\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}`,
    closes: true,
  },
  {
    claim: 'an Upgrade that Connection does not list is left out',
    rfc: 'RFC 9110 §7.8',
    bytes: `${GET}Upgrade: websocket\r\n\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'an Upgrade in HTTP/1.0 is void',
    rfc: 'RFC 9110 §7.8',
    bytes: get('GET /x HTTP/1.0', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
    sent: `GET /x HTTP/1.1\r\n${SENT}`,
    closes: true,
  },
  {
    claim: '100-continue in HTTP/1.0 is void',
    rfc: 'RFC 9110 §10.1.1',
    bytes: `${POST.replace('1.1', '1.0')}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
    body: 'hi',
    closes: true,
  },
  {
    claim: '90 fields',
    rfc: 'RFC 9110 §5.4',
    bytes: `${GET}${'X: a\r\n'.repeat(90)}\r\n`,
    sent: `GET /x HTTP/1.1\r\n${SENT}${'X: a\r\n'.repeat(90)}`,
  },
];

const BODIES: readonly PassedCase[] = [
  {
    claim: 'a body by Content-Length',
    rfc: 'RFC 9112 §6.2',
    bytes: `${POST}Content-Length: 5\r\n\r\nhello`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
    body: 'hello',
  },
  {
    claim: 'an empty body by Content-Length',
    rfc: 'RFC 9112 §6.2',
    bytes: `${POST}Content-Length: 0\r\n\r\n`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'a POST without any length',
    rfc: 'RFC 9112 §6.3',
    bytes: `${POST}\r\n`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
  },
  {
    claim: 'a body in chunks',
    rfc: 'RFC 9112 §7.1',
    bytes: `${CHUNKED}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
    body: 'abcde',
  },
  {
    claim: 'an empty body in chunks',
    rfc: 'RFC 9112 §7.1',
    bytes: `${CHUNKED}0\r\n\r\n`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
    body: '',
  },
  {
    claim: 'a chunk extension, which ends here',
    rfc: 'RFC 9112 §7.1.1',
    bytes: `${CHUNKED}3;a=b\r\nabc\r\n0\r\n\r\n`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
    body: 'abc',
  },
  {
    claim: 'a chunk size in capitals with leading zeros',
    rfc: 'RFC 9112 §7.1',
    bytes: `${CHUNKED}000A\r\n0123456789\r\n0\r\n\r\n`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
    body: '0123456789',
  },
  {
    claim: 'CHUNKED in capitals',
    rfc: 'RFC 9112 §7',
    bytes: `${POST}Transfer-Encoding: CHUNKED\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
    body: 'abc',
  },
  {
    claim: 'a GET with a body',
    rfc: 'RFC 9112 §6.3',
    bytes: `${GET}Content-Length: 3\r\n\r\nabc`,
    sent: `GET /x HTTP/1.1\r\n${SENT}`,
    body: 'abc',
  },
  {
    claim: 'a body that looks like a request',
    rfc: 'RFC 9112 §6.2',
    bytes: `${POST}Content-Length: 31\r\n\r\nGET /smuggled HTTP/1.1\r\nX: 12\r\n`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
    body: 'GET /smuggled HTTP/1.1\r\nX: 12\r\n',
  },
  {
    claim: 'an HTTP/1.0 body',
    rfc: 'RFC 9112 §6.3',
    bytes: `${POST.replace('1.1', '1.0')}Content-Length: 2\r\n\r\nhi`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
    body: 'hi',
    closes: true,
  },
  {
    claim: 'a body of every byte',
    rfc: 'RFC 9112 §6.2',
    bytes: `${POST}Content-Length: 256\r\n\r\n${allBytes()}`,
    sent: `POST /x HTTP/1.1\r\n${SENT}`,
    body: allBytes(),
  },
];

function allBytes(): string {
  return Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
}

export const PASSED: Readonly<Record<string, readonly PassedCase[]>> = { START_LINES, FIELDS, BODIES };
