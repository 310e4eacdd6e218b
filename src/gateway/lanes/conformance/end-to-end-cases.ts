import { CHUNKED, GET, type PassedCase, POST } from './conformance-case.ts';

const ID = 'X-User-Id: 12307\r\n';
const GOT = `GET /x HTTP/1.1\r\n${ID}`;
const path = (claim: string, target: string, seen: string, rfc: string): PassedCase => ({
  claim,
  rfc,
  bytes: `GET ${target} HTTP/1.1\r\nHost: a\r\n${ID}\r\n`,
  sent: `GET ${seen} HTTP/1.1\r\n${ID}`,
});
const field = (claim: string, lines: string, seen: string, rfc: string): PassedCase => ({
  claim,
  rfc,
  bytes: `${GET}${lines}\r\n`,
  sent: GOT + seen,
});

export const PASSED_PATHS: readonly PassedCase[] = [
  path('the root', '/', '/', 'RFC 9112 §3.2.1'),
  path('a slash at the end', '/x/', '/x/', 'RFC 3986 §3.3'),
  path('dots that are no segment', '/a..b/.x/x.', '/a..b/.x/x.', 'RFC 3986 §3.3'),
  path('three dots', '/...', '/...', 'RFC 3986 §3.3'),
  path('a colon and an at sign', '/a:b@c', '/a:b@c', 'RFC 3986 §3.3'),
  path('sub-delims', "/a!$&'()*+,=b", "/a!$&'()*+,=b", 'RFC 3986 §2.2'),
  path('an encoded question mark, which stays encoded', '/a%3fb?c', '/a%3Fb?c', 'RFC 3986 §2.2'),
  path('an encoded hash, which stays encoded', '/a%23b', '/a%23b', 'RFC 3986 §2.2'),
  path('an encoded space', '/a%20b', '/a%20b', 'RFC 3986 §2.1'),
  path('an encoded percent sign alone', '/a%25', '/a%25', 'RFC 3986 §2.4'),
  path('dots in the query', '/x?../..', '/x?../..', 'RFC 3986 §3.4'),
  path('slashes in the query', '/x?a//b', '/x?a//b', 'RFC 3986 §3.4'),
  path('a second question mark', '/x?a?b', '/x?a?b', 'RFC 3986 §3.4'),
  path('an encoding of an encoding in the query', '/x?%252f', '/x?%252f', 'RFC 3986 §3.4'),
  path('absolute form with its own port', 'http://a:80/x', '/x', 'RFC 9112 §3.2.2'),
  path('absolute form in capitals', 'HTTP://A/x', '/x', 'RFC 9110 §4.2.3'),
  path('absolute form with a query and no path', 'http://a?q', '/?q', 'RFC 9112 §3.2.1'),
];

export const PASSED_FIELDS: readonly PassedCase[] = [
  field('spaces and tabs around a value are left out', 'X: \t a \t\r\n', 'X: a\r\n', 'RFC 9112 §5.1'),
  field('no space behind the colon', 'X:a\r\n', 'X: a\r\n', 'RFC 9112 §5.1'),
  field('a colon in a value', 'X: a:b\r\n', 'X: a:b\r\n', 'RFC 9112 §5'),
  field(
    'a name of every token character',
    "!#$%&'*+-.^_`|~09Az: a\r\n",
    "!#$%&'*+-.^_`|~09Az: a\r\n",
    'RFC 9110 §5.6.2',
  ),
  field('a name with an underscore that is nobody’s', 'My_Field: a\r\n', 'My_Field: a\r\n', 'RFC 9110 §5.1'),
  field('a quoted string as it is', 'X: "a, \\"b\\""\r\n', 'X: "a, \\"b\\""\r\n', 'RFC 9110 §5.6.4'),
  field('an empty value among others', 'X:\r\nY: 1\r\n', 'X: \r\nY: 1\r\n', 'RFC 9110 §5.5'),
  field('a value of 8,000 bytes', `X: ${'a'.repeat(8000)}\r\n`, `X: ${'a'.repeat(8000)}\r\n`, 'RFC 9110 §5.4'),
  field('Authorization', 'Authorization: Bearer x\r\n', 'Authorization: Bearer x\r\n', 'RFC 9110 §11.6.2'),
  field(
    'conditions and ranges',
    'If-None-Match: "x"\r\nRange: bytes=0-1\r\n',
    'If-None-Match: "x"\r\nRange: bytes=0-1\r\n',
    'RFC 9110 §13',
  ),
  field('Max-Forwards on GET', 'Max-Forwards: 3\r\n', 'Max-Forwards: 3\r\n', 'RFC 9110 §7.6.2'),
  field('Via of the hops before', 'Via: 1.1 p\r\n', 'Via: 1.1 p\r\n', 'RFC 9110 §7.6.3'),
  field(
    'Cache-Control and Pragma',
    'Cache-Control: no-cache\r\nPragma: no-cache\r\n',
    'Cache-Control: no-cache\r\nPragma: no-cache\r\n',
    'RFC 9110 §5.1',
  ),
  field('no Trailer without chunks', 'Trailer: X-Sum\r\nY: 1\r\n', 'Y: 1\r\n', 'RFC 9110 §6.6.2'),
  field('no Proxy-Authenticate', 'Proxy-Authenticate: Basic\r\nY: 1\r\n', 'Y: 1\r\n', 'RFC 9110 §7.6.1'),
  field(
    'no TE, whatever it asks for',
    'TE: trailers, gzip;q=0.5\r\nConnection: TE\r\nY: 1\r\n',
    'Y: 1\r\n',
    'RFC 9110 §10.1.4',
  ),
  field(
    'nothing that one of two Connection lines lists',
    'Connection: X-A\r\nX-A: 1\r\nConnection: x-b\r\nX-B: 2\r\nY: 1\r\n',
    'Y: 1\r\n',
    'RFC 9110 §7.6.1',
  ),
  field(
    'a listed field in every repetition',
    'X-A: 1\r\nConnection: X-A\r\nx-a: 2\r\nY: 1\r\n',
    'Y: 1\r\n',
    'RFC 9110 §7.6.1',
  ),
  field(
    'no X-Forwarded-* of any kind',
    'X-Forwarded-Prefix: /a\r\nX-Forwarded-Port: 1\r\nY: 1\r\n',
    'Y: 1\r\n',
    'RFC 7239 §5',
  ),
  field('no traceparent that is malformed', 'traceparent: 00-x\r\nY: 1\r\n', 'Y: 1\r\n', 'RFC 9110 §7.6.1'),
];

export const PASSED_BODIES: readonly PassedCase[] = [
  {
    claim: 'a length with white space around it',
    rfc: 'RFC 9112 §5.1',
    bytes: `${POST}Content-Length: \t2 \r\n\r\nhi`,
    sent: `POST /x HTTP/1.1\r\n${ID}`,
    body: 'hi',
  },
  {
    claim: 'a coding with white space around it',
    rfc: 'RFC 9110 §5.5',
    bytes: `${POST}Transfer-Encoding: \tchunked \t\r\n\r\n2\r\nhi\r\n0\r\n\r\n`,
    sent: `POST /x HTTP/1.1\r\n${ID}`,
    body: 'hi',
  },
  {
    claim: 'a content-length in small letters',
    rfc: 'RFC 9110 §5.1',
    bytes: `${POST}content-length:2\r\n\r\nhi`,
    sent: `POST /x HTTP/1.1\r\n${ID}`,
    body: 'hi',
  },
  {
    claim: 'Trailer that announces what chunks bring',
    rfc: 'RFC 9110 §6.6.2',
    bytes: `${CHUNKED.replace('\r\n\r\n', '\r\nTrailer: X-Sum\r\n\r\n')}2\r\nhi\r\n0\r\n\r\n`,
    sent: `POST /x HTTP/1.1\r\n${ID}Trailer: X-Sum\r\n`,
    body: 'hi',
  },
  {
    claim: 'a DELETE with a body',
    rfc: 'RFC 9110 §9.3.5',
    bytes: `${POST.replace('POST', 'DELETE')}Content-Length: 2\r\n\r\nhi`,
    sent: `DELETE /x HTTP/1.1\r\n${ID}`,
    body: 'hi',
  },
  {
    claim: 'a PUT in chunks',
    rfc: 'RFC 9110 §9.3.4',
    bytes: `${CHUNKED.replace('POST', 'PUT')}2\r\nhi\r\n0\r\n\r\n`,
    sent: `PUT /x HTTP/1.1\r\n${ID}`,
    body: 'hi',
  },
  {
    claim: 'a POST that overrides its method',
    rfc: 'RFC 9110 §9.2.1',
    bytes: `${POST}X-HTTP-Method-Override: PATCH\r\nContent-Length: 0\r\n\r\n`,
    sent: `POST /x HTTP/1.1\r\n${ID}X-HTTP-Method-Override: PATCH\r\n`,
  },
  {
    claim: 'a Content-Type and coding as they are',
    rfc: 'RFC 9110 §8.4',
    bytes: `${POST}Content-Type: a/b; c="d"\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b`,
    sent: `POST /x HTTP/1.1\r\n${ID}Content-Type: a/b; c="d"\r\nContent-Encoding: gzip\r\n`,
    body: '\x1f\x8b',
  },
];
