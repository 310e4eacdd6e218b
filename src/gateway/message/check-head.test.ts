import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { rawHead } from '../../../test/support/raw-head.ts';
import type { ErrorCode } from '../../errors.ts';
import { checkHead, DEFAULT_HEAD_RULES } from './check-head.ts';
import type { RequestHead } from './request-head.ts';

const GET = 'GET / HTTP/1.1\nHost: a';
const POST = 'POST / HTTP/1.1\nHost: a';
const many = (count: number): string => Array.from({ length: count }, (_, i) => `\nX-${i}: y`).join('');

type Refused = readonly [claim: string, text: string, code: ErrorCode];

const START_LINE: readonly Refused[] = [
  ['HTTP/0.9', 'GET / HTTP/0.9\nHost: a', 'BAD_REQUEST'],
  ['HTTP/1.2', 'GET / HTTP/1.2\nHost: a', 'BAD_REQUEST'],
  ['HTTP/2.0 in text', 'GET / HTTP/2.0\nHost: a', 'BAD_REQUEST'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0', 'BAD_REQUEST'],
  ['HTTP/1', 'GET / HTTP/1\nHost: a', 'BAD_REQUEST'],
  ['HTTP/01.1', 'GET / HTTP/01.1\nHost: a', 'BAD_REQUEST'],
  ['an empty method', ' / HTTP/1.1\nHost: a', 'BAD_REQUEST'],
  ['a method of 33 characters', `${'M'.repeat(33)} / HTTP/1.1\nHost: a`, 'BAD_REQUEST'],
  ['a method with a slash', 'GE/T / HTTP/1.1\nHost: a', 'BAD_REQUEST'],
  ['a method with a control character', 'GE\x01T / HTTP/1.1\nHost: a', 'BAD_REQUEST'],
  ['a method that is not ASCII', 'GÉT / HTTP/1.1\nHost: a', 'BAD_REQUEST'],
  ['CONNECT', 'CONNECT a:443 HTTP/1.1\nHost: a:443', 'METHOD_REFUSED'],
  ['CONNECT with a path', 'CONNECT / HTTP/1.1\nHost: a', 'METHOD_REFUSED'],
  ['TRACE', 'TRACE / HTTP/1.1\nHost: a', 'METHOD_REFUSED'],
  ['TRACK', 'TRACK / HTTP/1.1\nHost: a', 'METHOD_REFUSED'],
];

const TARGET: readonly Refused[] = [
  ['an empty target', 'GET  HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a relative path', 'GET a/b HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a fragment', 'GET /a#b HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a fragment after a query', 'GET /a?b#c HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a backslash in the path', 'GET /a\\b HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a backslash in the query', 'GET /a?b\\c HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a target that starts with a backslash', 'GET \\a HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a space', 'GET /a b HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a space in front', 'GET  / HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a tab', 'GET /\t HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a NUL', 'GET /\0 HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a CR', 'GET /\rX HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a control character', 'GET /\x01 HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['DEL', 'GET /\x7f HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a byte above ASCII', 'GET /\xe9 HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a character above latin1', 'GET /\u4e2d HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['* with GET', 'GET * HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['** with OPTIONS', 'OPTIONS ** HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['*?a with OPTIONS', 'OPTIONS *?a HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['authority form', 'GET a:80 HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['another scheme', 'GET ftp://a/ HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a scheme with one slash', 'GET http:/a HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a scheme without authority', 'GET http:///x HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['userinfo in the target', 'GET http://u:p@a/ HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['userinfo that looks like the host', 'GET http://a@b/ HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a port above 65535 in the target', 'GET http://a:65536/ HTTP/1.1\nHost: a', 'BAD_TARGET'],
  ['a query of 8 KiB', `GET /?${'q'.repeat(8191)} HTTP/1.1\nHost: a`, 'TARGET_TOO_LONG'],
  ['a path of 9 KiB', `GET /${'p'.repeat(9216)} HTTP/1.1\nHost: a`, 'TARGET_TOO_LONG'],
];

const HOST: readonly Refused[] = [
  ['no Host', 'GET / HTTP/1.1', 'BAD_HOST'],
  ['no Host in HTTP/1.0', 'GET / HTTP/1.0', 'BAD_HOST'],
  ['two Hosts', `${GET}\nHost: b`, 'BAD_HOST'],
  ['the same Host twice', `${GET}\nHost: a`, 'BAD_HOST'],
  ['a second Host in another case', `${GET}\nhOST: a`, 'BAD_HOST'],
  ['an empty Host', 'GET / HTTP/1.1\nHost:', 'BAD_HOST'],
  ['a list of hosts', 'GET / HTTP/1.1\nHost: a, b', 'BAD_HOST'],
  ['a comma in Host', 'GET / HTTP/1.1\nHost: a,b', 'BAD_HOST'],
  ['userinfo in Host', 'GET / HTTP/1.1\nHost: u@a', 'BAD_HOST'],
  ['a path in Host', 'GET / HTTP/1.1\nHost: a/b', 'BAD_HOST'],
  ['a query in Host', 'GET / HTTP/1.1\nHost: a?b', 'BAD_HOST'],
  ['a backslash in Host', 'GET / HTTP/1.1\nHost: a\\b', 'BAD_HOST'],
  ['a quote in Host', 'GET / HTTP/1.1\nHost: a"b', 'BAD_HOST'],
  ['percent-encoding in Host', 'GET / HTTP/1.1\nHost: %61', 'BAD_HOST'],
  ['a scheme in Host', 'GET / HTTP/1.1\nHost: http://a', 'BAD_HOST'],
  ['an empty port', 'GET / HTTP/1.1\nHost: a:', 'BAD_HOST'],
  ['a port alone', 'GET / HTTP/1.1\nHost: :80', 'BAD_HOST'],
  ['two ports', 'GET / HTTP/1.1\nHost: a:80:80', 'BAD_HOST'],
  ['port 65536', 'GET / HTTP/1.1\nHost: a:65536', 'BAD_HOST'],
  ['a port with a sign', 'GET / HTTP/1.1\nHost: a:+80', 'BAD_HOST'],
  ['a port with leading zeros', 'GET / HTTP/1.1\nHost: a:080', 'BAD_HOST'],
  ['a named port', 'GET / HTTP/1.1\nHost: a:http', 'BAD_HOST'],
  ['an empty label', 'GET / HTTP/1.1\nHost: a..b', 'BAD_HOST'],
  ['a label in front that is empty', 'GET / HTTP/1.1\nHost: .a', 'BAD_HOST'],
  ['two final dots', 'GET / HTTP/1.1\nHost: a..', 'BAD_HOST'],
  ['a dot', 'GET / HTTP/1.1\nHost: .', 'BAD_HOST'],
  ['a label of 64 characters', `GET / HTTP/1.1\nHost: ${'a'.repeat(64)}`, 'BAD_HOST'],
  ['a name of 254 characters', `GET / HTTP/1.1\nHost: ${'ab.'.repeat(84)}ab`, 'BAD_HOST'],
  ['an IPv4 part above 255', 'GET / HTTP/1.1\nHost: 1.2.3.256', 'BAD_HOST'],
  ['IPv4 with octal parts', 'GET / HTTP/1.1\nHost: 010.0.0.1', 'BAD_HOST'],
  ['IPv4 with three parts', 'GET / HTTP/1.1\nHost: 1.2.3', 'BAD_HOST'],
  ['a bare number', 'GET / HTTP/1.1\nHost: 2130706433', 'BAD_HOST'],
  ['IPv6 without brackets', 'GET / HTTP/1.1\nHost: ::1', 'BAD_HOST'],
  ['an open bracket', 'GET / HTTP/1.1\nHost: [::1', 'BAD_HOST'],
  ['text after a bracket', 'GET / HTTP/1.1\nHost: [::1]a', 'BAD_HOST'],
  ['IPv6 with a zone', 'GET / HTTP/1.1\nHost: [fe80::1%25eth0]', 'BAD_HOST'],
  ['IPv6 with two gaps', 'GET / HTTP/1.1\nHost: [1::2::3]', 'BAD_HOST'],
  ['IPvFuture', 'GET / HTTP/1.1\nHost: [v1.a]', 'BAD_HOST'],
  ['IPv4 in brackets', 'GET / HTTP/1.1\nHost: [1.2.3.4]', 'BAD_HOST'],
  ['another Host than the target', 'GET http://b/ HTTP/1.1\nHost: a', 'BAD_HOST'],
  ['another port than the target', 'GET http://a:81/ HTTP/1.1\nHost: a', 'BAD_HOST'],
  ['no port where the target has the one of the other scheme', 'GET http://a:443/ HTTP/1.1\nHost: a', 'BAD_HOST'],
  ['port 80 for an https target', 'GET https://a/ HTTP/1.1\nHost: a:80', 'BAD_HOST'],
];

const FRAMING: readonly Refused[] = [
  ['both lengths', `${POST}\nContent-Length: 3\nTransfer-Encoding: chunked`, 'BAD_FRAMING'],
  ['both lengths the other way round', `${POST}\nTransfer-Encoding: chunked\nContent-Length: 0`, 'BAD_FRAMING'],
  ['two Content-Lengths', `${POST}\nContent-Length: 3\nContent-Length: 4`, 'BAD_FRAMING'],
  ['the same Content-Length twice', `${POST}\nContent-Length: 3\ncontent-length: 3`, 'BAD_FRAMING'],
  ['a list of lengths', `${POST}\nContent-Length: 5, 5`, 'BAD_FRAMING'],
  ['an empty Content-Length', `${POST}\nContent-Length:`, 'BAD_FRAMING'],
  ['+5', `${POST}\nContent-Length: +5`, 'BAD_FRAMING'],
  ['-5', `${POST}\nContent-Length: -5`, 'BAD_FRAMING'],
  ['-0', `${POST}\nContent-Length: -0`, 'BAD_FRAMING'],
  ['0x10', `${POST}\nContent-Length: 0x10`, 'BAD_FRAMING'],
  ['1_0', `${POST}\nContent-Length: 1_0`, 'BAD_FRAMING'],
  ['1e3', `${POST}\nContent-Length: 1e3`, 'BAD_FRAMING'],
  ['1.0', `${POST}\nContent-Length: 1.0`, 'BAD_FRAMING'],
  ['0001', `${POST}\nContent-Length: 0001`, 'BAD_FRAMING'],
  ['00', `${POST}\nContent-Length: 00`, 'BAD_FRAMING'],
  ['5 5', `${POST}\nContent-Length: 5 5`, 'BAD_FRAMING'],
  ['5;a=b', `${POST}\nContent-Length: 5;a=b`, 'BAD_FRAMING'],
  ['"5"', `${POST}\nContent-Length: "5"`, 'BAD_FRAMING'],
  ['superscript digits', `${POST}\nContent-Length: \xb2`, 'BAD_FRAMING'],
  ['2^53', `${POST}\nContent-Length: 9007199254740992`, 'BAD_FRAMING'],
  ['2^53 + 1', `${POST}\nContent-Length: 9007199254740993`, 'BAD_FRAMING'],
  ['a length of 30 digits', `${POST}\nContent-Length: ${'9'.repeat(30)}`, 'BAD_FRAMING'],
  ['gzip, chunked', `${POST}\nTransfer-Encoding: gzip, chunked`, 'BAD_FRAMING'],
  ['chunked, identity', `${POST}\nTransfer-Encoding: chunked, identity`, 'BAD_FRAMING'],
  ['chunked, chunked', `${POST}\nTransfer-Encoding: chunked, chunked`, 'BAD_FRAMING'],
  ['chunked on two lines', `${POST}\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked`, 'BAD_FRAMING'],
  [
    'gzip on one line, chunked on the next',
    `${POST}\nTransfer-Encoding: gzip\nTransfer-Encoding: chunked`,
    'BAD_FRAMING',
  ],
  ['identity', `${POST}\nTransfer-Encoding: identity`, 'BAD_FRAMING'],
  ['xchunked', `${POST}\nTransfer-Encoding: xchunked`, 'BAD_FRAMING'],
  ['chunked;q=1', `${POST}\nTransfer-Encoding: chunked;q=1`, 'BAD_FRAMING'],
  ['a quoted chunked', `${POST}\nTransfer-Encoding: "chunked"`, 'BAD_FRAMING'],
  ['chunked with a comma', `${POST}\nTransfer-Encoding: chunked,`, 'BAD_FRAMING'],
  ['a no-break space before chunked', `${POST}\nTransfer-Encoding: \xa0chunked`, 'BAD_FRAMING'],
  ['a Kelvin sign in chunked', `${POST}\nTransfer-Encoding: chun\u212aed`, 'BAD_HEADER'],
  ['an empty Transfer-Encoding', `${POST}\nTransfer-Encoding:`, 'BAD_FRAMING'],
  ['chunked in HTTP/1.0', 'POST / HTTP/1.0\nHost: a\nTransfer-Encoding: chunked', 'BAD_FRAMING'],
  ['an upgrade with a length', `${POST}\nConnection: upgrade\nUpgrade: websocket\nContent-Length: 3`, 'BAD_FRAMING'],
  [
    'an upgrade with chunks',
    `${POST}\nConnection: upgrade\nUpgrade: websocket\nTransfer-Encoding: chunked`,
    'BAD_FRAMING',
  ],
];

const FIELDS: readonly Refused[] = [
  ['an empty name', `${GET}\n: a`, 'BAD_HEADER'],
  ['a space before the colon', `${GET}\nX : a`, 'BAD_HEADER'],
  ['a tab before the colon', `${GET}\nX\t: a`, 'BAD_HEADER'],
  ['a space before the colon of Content-Length', `${POST}\nContent-Length : 5`, 'BAD_HEADER'],
  ['obs-fold, as a line of its own', `${GET}\nX: a\n folded: b`, 'BAD_HEADER'],
  ['obs-fold with a tab', `${GET}\nX: a\n\tb`, 'BAD_HEADER'],
  ['a line without a colon', `${GET}\nno colon`, 'BAD_HEADER'],
  ['a name with parentheses', `${GET}\nX(1): a`, 'BAD_HEADER'],
  ['a name with a quote', `${GET}\nX"1: a`, 'BAD_HEADER'],
  ['a name with a NUL', `${GET}\nX\0: a`, 'BAD_HEADER'],
  ['a name that is not ASCII', `${GET}\nX\xe9: a`, 'BAD_HEADER'],
  ['a bare CR in a value', `${GET}\nX: a\rb`, 'BAD_HEADER'],
  ['a NUL in a value', `${GET}\nX: a\0b`, 'BAD_HEADER'],
  ['a control character in a value', `${GET}\nX: a\x01b`, 'BAD_HEADER'],
  ['a vertical tab before chunked', `${POST}\nTransfer-Encoding: \x0bchunked`, 'BAD_HEADER'],
  ['DEL in a value', `${GET}\nX: a\x7f`, 'BAD_HEADER'],
  ['a character above latin1 in a value', `${GET}\nX: \u010a`, 'BAD_HEADER'],
  ['content_length', `${POST}\ncontent_length: 5`, 'BAD_HEADER'],
  ['Content_Length beside Content-Length', `${POST}\nContent-Length: 5\nContent_Length: 6`, 'BAD_HEADER'],
  ['content.length', `${POST}\ncontent.length: 5`, 'BAD_HEADER'],
  ['transfer_encoding', `${POST}\nTransfer_Encoding: chunked`, 'BAD_HEADER'],
  ['transfer~encoding', `${POST}\nTransfer~Encoding: chunked`, 'BAD_HEADER'],
  ['ldc_shard', `${GET}\nldc_shard: 7`, 'BAD_HEADER'],
  ['LDC_Unit-x', `${GET}\nLDC_Unit-x: 7`, 'BAD_HEADER'],
  ['ldc-data_center', `${GET}\nldc-data_center: 7`, 'BAD_HEADER'],
  ['x_forwarded_for', `${GET}\nX_Forwarded_For: 1.2.3.4`, 'BAD_HEADER'],
  ['x-forwarded_for', `${GET}\nX-Forwarded_For: 1.2.3.4`, 'BAD_HEADER'],
  ['x_real_ip', `${GET}\nX_Real_IP: 1.2.3.4`, 'BAD_HEADER'],
  ['x_request_id', `${GET}\nX_Request_ID: 1`, 'BAD_HEADER'],
  ['keep_alive', `${GET}\nKeep_Alive: 5`, 'BAD_HEADER'],
  ['Connection with a malformed option', `${GET}\nConnection: a b`, 'BAD_HEADER'],
  ['Connection that lists ldc-shard', `${GET}\nConnection: close, ldc-shard`, 'BAD_HEADER'],
  ['Connection that lists LDC-EPOCH', `${GET}\nConnection: LDC-EPOCH`, 'BAD_HEADER'],
  ['Connection that lists ldc_epoch', `${GET}\nConnection: ldc_epoch`, 'BAD_HEADER'],
  ['Connection that lists Host', `${GET}\nConnection: Host`, 'BAD_HEADER'],
  ['Connection that lists Content-Length', `${POST}\nConnection: keep-alive, Content-Length`, 'BAD_HEADER'],
  ['Connection that lists Transfer-Encoding', `${POST}\nConnection: Transfer-Encoding`, 'BAD_HEADER'],
  ['Connection that lists Forwarded', `${GET}\nConnection: Forwarded`, 'BAD_HEADER'],
  ['Connection that lists X-Forwarded-For', `${GET}\nConnection: X-Forwarded-For`, 'BAD_HEADER'],
  ['Connection that lists X-Forwarded-Anything', `${GET}\nConnection: X-Forwarded-Anything`, 'BAD_HEADER'],
  ['Connection that lists Cookie', `${GET}\nConnection: close, Cookie`, 'BAD_HEADER'],
  ['Connection that lists Authorization', `${GET}\nConnection: Authorization`, 'BAD_HEADER'],
  ['Connection that lists traceparent', `${GET}\nConnection: traceparent`, 'BAD_HEADER'],
  ['Connection that lists X-Request-ID', `${GET}\nConnection: X-Request-ID`, 'BAD_HEADER'],
  ['Connection on a second line that lists Cookie', `${GET}\nConnection: close\nConnection: Cookie`, 'BAD_HEADER'],
  ['GET with X-HTTP-Method-Override', `${GET}\nX-HTTP-Method-Override: DELETE`, 'BAD_HEADER'],
  ['HEAD with X-Method-Override', 'HEAD / HTTP/1.1\nHost: a\nX-Method-Override: PUT', 'BAD_HEADER'],
  ['Upgrade: h2c', `${GET}\nConnection: Upgrade\nUpgrade: h2c`, 'BAD_REQUEST'],
  ['Upgrade: H2C without Connection', `${GET}\nUpgrade: H2C`, 'BAD_REQUEST'],
  ['h2c behind websocket', `${GET}\nConnection: Upgrade\nUpgrade: websocket, h2c`, 'BAD_REQUEST'],
  ['h2c on a second line', `${GET}\nConnection: Upgrade\nUpgrade: websocket\nUpgrade: h2c`, 'BAD_REQUEST'],
  ['Upgrade: HTTP/2.0', `${GET}\nConnection: Upgrade\nUpgrade: HTTP/2.0`, 'BAD_REQUEST'],
  ['Upgrade: TLS/1.2', `${GET}\nConnection: Upgrade\nUpgrade: TLS/1.2`, 'BAD_REQUEST'],
  ['an empty Upgrade', `${GET}\nConnection: Upgrade\nUpgrade: ,`, 'BAD_REQUEST'],
  ['Upgrade that is no protocol', `${GET}\nConnection: Upgrade\nUpgrade: web socket`, 'BAD_REQUEST'],
  ['HTTP2-Settings', `${GET}\nHTTP2-Settings: AAMAAABkAAQAAP__`, 'BAD_REQUEST'],
  ['an unknown expectation', `${POST}\nExpect: 200-ok`, 'EXPECTATION_FAILED'],
  ['two expectations', `${POST}\nExpect: 100-continue\nExpect: 100-continue`, 'EXPECTATION_FAILED'],
  ['an expectation with a parameter', `${POST}\nExpect: 100-continue;a=b`, 'EXPECTATION_FAILED'],
  ['101 header fields', `GET / HTTP/1.1\nHost: a${many(100)}`, 'HEAD_TOO_LARGE'],
  ['a head of 20 KiB', `${GET}\nX: ${'y'.repeat(20 * 1024)}`, 'HEAD_TOO_LARGE'],
];

const REFUSED = { START_LINE, TARGET, HOST, FRAMING, FIELDS };
for (const [section, cases] of Object.entries(REFUSED)) {
  describe(`checkHead refuses (${section})`, () => {
    for (const [claim, text, code] of cases) {
      test(claim, () => {
        const verdict = checkHead(rawHead(text));
        assert.equal(verdict.ok ? `accepted, framing ${verdict.framing}` : verdict.code, code);
        assert.ok(!verdict.ok && /^[\x20-\x7e§…]+$/.test(verdict.detail), 'the detail is printable');
      });
    }
  });
}

type Accepted = readonly [claim: string, text: string, facts: Partial<RequestHead>];
const plain: Partial<RequestHead> = { framing: 'none', upgrade: null, keepAlive: true, expectContinue: false };

const ACCEPTED: readonly Accepted[] = [
  ['a plain GET', GET, { ...plain, path: '/', query: null, host: 'a', authority: 'a', httpVersion: '1.1' }],
  ['a query', 'GET /a?b=c?d HTTP/1.1\nHost: a', { path: '/a', query: 'b=c?d' }],
  ['an empty query', 'GET /a? HTTP/1.1\nHost: a', { path: '/a', query: '' }],
  ['what browsers leave raw in a query', 'GET /a?b=[{|}]^` HTTP/1.1\nHost: a', { path: '/a', query: 'b=[{|}]^`' }],
  [
    'Host with case, port and final dot',
    'GET / HTTP/1.1\nHost: Shop.Example.:8443',
    { host: 'shop.example', authority: 'Shop.Example.:8443' },
  ],
  ['Host with an underscore', 'GET / HTTP/1.1\nHost: my_svc.local', { host: 'my_svc.local' }],
  ['an IPv4 Host', 'GET / HTTP/1.1\nHost: 10.0.0.1:65535', { host: '10.0.0.1' }],
  ['an IPv6 Host', 'GET / HTTP/1.1\nHost: [2001:DB8::1]:0', { host: '[2001:db8::1]' }],
  ['an IPv6 Host with a dotted tail', 'GET / HTTP/1.1\nHost: [::ffff:1.2.3.4]', { host: '[::ffff:1.2.3.4]' }],
  ['absolute form', 'GET http://A/x?y HTTP/1.1\nHost: a', { path: '/x', query: 'y', host: 'a' }],
  ['absolute form with the implied port', 'GET http://a:80/ HTTP/1.1\nHost: a', { path: '/' }],
  ['absolute form without the implied port', 'GET HTTPS://a/ HTTP/1.1\nHost: a:443', { path: '/' }],
  ['absolute form without a path', 'GET http://a HTTP/1.1\nHost: a', { path: '/', query: null }],
  ['absolute form with only a query', 'GET http://a?b HTTP/1.1\nHost: a', { path: '/', query: 'b' }],
  ['OPTIONS *', 'OPTIONS * HTTP/1.1\nHost: a', { path: '*' }],
  ['OPTIONS of a whole authority', 'OPTIONS http://a HTTP/1.1\nHost: a', { path: '*' }],
  ['an unknown method', 'BREW /pot HTTP/1.1\nHost: a', { method: 'BREW' }],
  ['Content-Length: 0', `${POST}\nContent-Length: 0`, { framing: 0 }],
  ['Content-Length: 5', `${POST}\nContent-Length: 5`, { framing: 5 }],
  ['Content-Length: 2^53 - 1', `${POST}\nContent-Length: 9007199254740991`, { framing: Number.MAX_SAFE_INTEGER }],
  ['chunked', `${POST}\nTransfer-Encoding: chunked`, { framing: 'chunked' }],
  ['Chunked in another case', `${POST}\ntransfer-encoding: CHUNKED`, { framing: 'chunked' }],
  ['a GET with a body', `${GET}\nContent-Length: 3`, { framing: 3 }],
  ['Connection: close', `${GET}\nConnection: close`, { keepAlive: false }],
  ['Connection: Close among others', `${GET}\nConnection: keep-alive, Close`, { keepAlive: false }],
  ['close on the second line', `${GET}\nConnection: keep-alive\nConnection: close`, { keepAlive: false }],
  ['HTTP/1.0', 'GET / HTTP/1.0\nHost: a', { httpVersion: '1.0', keepAlive: false }],
  ['HTTP/1.0 with keep-alive', 'GET / HTTP/1.0\nHost: a\nConnection: Keep-Alive', { keepAlive: true }],
  ['names that end here', `${GET}\nConnection: keep-alive, X-Hop, ,TE`, { connectionNames: ['x-hop', 'te'] }],
  ['a WebSocket', `${GET}\nConnection: keep-alive, Upgrade\nUpgrade: WebSocket`, { upgrade: 'websocket' }],
  [
    'an upgrade with Content-Length: 0',
    `${POST}\nConnection: upgrade\nUpgrade: foo/1\nContent-Length: 0`,
    { upgrade: 'foo/1' },
  ],
  ['the first of several protocols', `${GET}\nConnection: upgrade\nUpgrade: a/1, b`, { upgrade: 'a/1' }],
  ['Upgrade without Connection, which is void', `${GET}\nUpgrade: websocket`, { upgrade: null }],
  [
    'Upgrade in HTTP/1.0, which is void',
    'GET / HTTP/1.0\nHost: a\nConnection: upgrade\nUpgrade: foo',
    { upgrade: null },
  ],
  ['100-continue', `${POST}\nExpect: 100-Continue\nContent-Length: 1`, { expectContinue: true }],
  [
    '100-continue in HTTP/1.0, which is void',
    'POST / HTTP/1.0\nHost: a\nExpect: 100-continue',
    { expectContinue: false },
  ],
  ['TE: trailers', `${GET}\nTE: deflate, Trailers\nConnection: TE`, { acceptsTrailers: true }],
  ['TE without trailers', `${GET}\nTE: gzip`, { acceptsTrailers: false }],
  ['POST with X-HTTP-Method-Override', `${POST}\nX-HTTP-Method-Override: PUT`, { method: 'POST' }],
  ['forged ldc- headers, which are dropped later', `${GET}\nldc-shard: 7`, plain],
  ['an underscore in a name that is nobody’s', `${GET}\nmy_header: 1`, plain],
  ['obs-text, tabs and empty values', `${GET}\nX: caf\xe9\ta\nY:`, plain],
  ['99 fields beside Host', `GET / HTTP/1.1\nHost: a${many(99)}`, plain],
  ['a target of exactly 8 KiB', `GET /${'p'.repeat(8191)} HTTP/1.1\nHost: a`, plain],
];

describe('checkHead accepts', () => {
  for (const [claim, text, facts] of ACCEPTED) {
    test(claim, () => {
      const verdict = checkHead(rawHead(text));
      assert.ok(verdict.ok, verdict.ok ? '' : `${verdict.code}: ${verdict.detail}`);
      for (const [name, value] of Object.entries(facts))
        assert.deepEqual(verdict[name as keyof RequestHead], value, name);
    });
  }
});

test('the size of a head is exact: 16384 bytes pass, 16385 do not', () => {
  const base = `${GET}\nX: `;
  const wire = base.replaceAll('\n', '\r\n').length + '\r\n\r\n'.length;
  assert.equal(checkHead(rawHead(base + 'y'.repeat(16384 - wire))).ok, true);
  const over = checkHead(rawHead(base + 'y'.repeat(16385 - wire)));
  assert.match(over.ok ? '' : over.detail, /16385 bytes, at most 16384 \(message\.headBytes\)/);
});

test('a name that an application could take for an identity header is refused', () => {
  const rules = { ...DEFAULT_HEAD_RULES, guarded: new Set(['x-member']) };
  for (const name of ['X_Member', 'x_member', 'x.member']) {
    const verdict = checkHead(rawHead(`${GET}\nX-Member: 1\n${name}: 2`), rules);
    assert.equal(verdict.ok ? 'accepted' : verdict.code, 'BAD_HEADER', name);
  }
  const listed = checkHead(rawHead(`${GET}\nConnection: X-Member\nX-Member: 1`), rules);
  assert.equal(listed.ok ? 'accepted' : listed.code, 'BAD_HEADER');
  assert.equal(checkHead(rawHead(`${GET}\nX-Member: 1`), rules).ok, true);
});

test('checkHead never throws, and what it accepts can be written to a socket', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('Host', 'connection', 'a', 'close, ldc-x', '/', '1.1'),
  );
  const head = fc.record({
    method: fc.oneof(fc.constantFrom('GET', 'POST', 'OPTIONS'), text),
    target: fc.oneof(fc.constantFrom('/', '*', 'http://a/'), text),
    httpVersion: fc.oneof(fc.constantFrom('1.1', '1.0'), text),
    headers: fc.array(text, { maxLength: 12 }).map((rest) => ['Host', 'a', ...rest]),
    remoteAddress: text,
    secure: fc.boolean(),
  });
  fc.assert(
    fc.property(head, (received) => {
      const verdict = checkHead(received);
      if (!verdict.ok) return;
      assert.match(`${verdict.method} ${verdict.path} ${verdict.query ?? ''}`, /^[\x20-\x7e]*$/);
      for (const field of verdict.headers) assert.doesNotMatch(field, /[\r\n\0]/);
    }),
    { numRuns: 2000 },
  );
});
