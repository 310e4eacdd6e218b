import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rawHead } from '../../../test/support/raw-head.ts';
import type { HeaderList } from '../upstream.ts';
import { checkAnswer } from './check-answer.ts';
import { checkHead } from './check-head.ts';
import { endToEndAnswerHeaders, endToEndRequestHeaders } from './end-to-end-headers.ts';
import { endToEndTrailers } from './end-to-end-trailers.ts';

const toCell = (text: string, ours: HeaderList = []): HeaderList => {
  const head = checkHead(rawHead(`GET / HTTP/1.1\nHost: a\n${text}`));
  assert.ok(head.ok, head.ok ? '' : head.detail);
  return endToEndRequestHeaders(head, ours).slice(2);
};

test('order, case and repetitions of a client’s headers stay, and ours follow', () => {
  const kept = toCell('accept: a\nCOOKIE: b\nX-Y: 1\nAccept: c\nx-y: 2', ['ldc-shard', '7']);
  assert.deepEqual(kept, ['accept', 'a', 'COOKIE', 'b', 'X-Y', '1', 'Accept', 'c', 'x-y', '2', 'ldc-shard', '7']);
});

test('hop-by-hop headers and those that Connection lists end here', () => {
  const hops = [
    ...['Keep-Alive: 5', 'Proxy-Connection: close', 'Proxy-Authorization: x', 'TE: trailers', 'Upgrade: foo'],
    ...['Expect: 100-continue', 'Content-Length: 3', 'Connection: keep-alive, X-Hop', 'x-hop: 1', 'X-HOP: 2'],
  ];
  assert.deepEqual(toCell(`${hops.join('\n')}\nX-Stays: 1`), ['X-Stays', '1']);
});

test('what the gateway makes itself is never taken from a client', () => {
  const forged = [
    ...[
      'ldc-shard: 1',
      'LDC-Epoch: 2',
      'Forwarded: for=1.2.3.4',
      'X-Forwarded-For: 1',
      'X-Forwarded-Port: 1',
      'X-Real-IP: 1',
    ],
    ...['X-Request-ID: 1', 'traceparent: 1', 'tracestate: 1', 'X-Original-URL: /global/x', 'X-Rewrite-URL: /global/x'],
  ];
  assert.deepEqual(toCell(`${forged.join('\n')}\nX-Stays: 1`), ['X-Stays', '1']);
});

test('Connection cannot take away what we add: it is applied to received headers only', () => {
  const head = {
    headers: ['Connection', 'ldc-shard', 'ldc-shard', '1'],
    framing: 'none',
    connectionNames: ['ldc-shard'],
  } as const;
  assert.deepEqual(endToEndRequestHeaders(head, ['ldc-shard', '7']), ['ldc-shard', '7']);
});

test('Trailer passes only where trailers can follow', () => {
  const headers = ['Trailer', 'X-Sum'];
  assert.deepEqual(endToEndRequestHeaders({ headers, framing: 'chunked', connectionNames: [] }, []), headers);
  assert.deepEqual(endToEndRequestHeaders({ headers, framing: 3, connectionNames: [] }, []), []);
});

test('a cell cannot speak for us, and its hop-by-hop headers end here', () => {
  const headers = [
    ...[
      'Set-Cookie',
      'a',
      'LDC-Unit',
      'RZ99',
      'ldc_cell',
      'x',
      'Keep-Alive',
      '5',
      'Connection',
      'close, X-Hop',
      'X-Hop',
      '1',
    ],
    ...[
      'Set-Cookie',
      'b',
      'Content-Length',
      '3',
      'Proxy-Authenticate',
      'Basic',
      'X-Request-ID',
      '9',
      'Content_Length',
      '4',
    ],
  ];
  const answer = checkAnswer({ method: 'GET', upgrade: null }, { status: 200, httpVersion: '1.1', headers });
  assert.ok(answer.ok);
  assert.deepEqual(endToEndAnswerHeaders(answer, ['ldc-unit', 'RZ01']), [
    ...['Set-Cookie', 'a', 'Set-Cookie', 'b', 'X-Request-ID', '9', 'ldc-unit', 'RZ01'],
  ]);
});

test('trailers that frame, route, authenticate or are ours are dropped', () => {
  const bad = [
    'Content-Length',
    '5',
    'Transfer-Encoding',
    'chunked',
    'Host',
    'b',
    'ldc-shard',
    '1',
    'LDC_shard',
    '1',
    'Authorization',
    'x',
  ];
  const worse = [
    'Cookie',
    'a',
    'Set-Cookie',
    'a',
    'X-User-Id',
    '1',
    'X-Forwarded-For',
    '1',
    'traceparent',
    '1',
    'X Y',
    '1',
    'X',
    'a\r\nb',
    '',
    '',
  ];
  const good = ['grpc-status', '0', 'X-Sum', 'ab', 'Server-Timing', 'a'];
  assert.deepEqual(endToEndTrailers([...bad, ...good, ...worse, 'X-Key', '1'], new Set(['x-key'])), good);
});

/** Any case of any spelling, with `-` or what some applications take for it. */
const spelled = (name: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      ...[...name].map((c) => (c === '-' ? fc.constantFrom('-', '_', '.', '~') : fc.constantFrom(c, c.toUpperCase()))),
    )
    .map((characters) => characters.join(''));
const hop = fc
  .constantFrom('connection', 'keep-alive', 'te', 'upgrade', 'transfer-encoding', 'proxy-connection')
  .chain(spelled);
const ldc = fc.stringMatching(/^ldc-[a-z-]{0,6}$/).chain(spelled);
const name = fc.oneof(hop, ldc, fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,6}$/), fc.constantFrom('Set-Cookie', 'x-a'));
const value = fc.oneof(
  fc.constantFrom('close', 'x-a', 'ldc-shard, x-a', 'keep-alive,LDC_shard', 'chunked'),
  ldc,
  fc.string(),
);
const headerList = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((pairs) => pairs.flat());
const listed = fc.array(fc.oneof(ldc, fc.constantFrom('x-a', 'connection', 'set-cookie')), { maxLength: 3 });

test('no ldc- header ever survives, whatever its case, its underscores, or Connection say', () => {
  fc.assert(
    fc.property(headerList, listed, (headers, connectionNames) => {
      for (const clean of [endToEndRequestHeaders, endToEndAnswerHeaders]) {
        const kept = clean({ headers, framing: 'chunked', connectionNames }, []);
        const names = kept.filter((_, i) => i % 2 === 0).map((kind) => kind.toLowerCase().replace(/[^a-z0-9]/g, '-'));
        assert.ok(!names.some((kind) => kind.startsWith('ldc-')), names.join());
      }
    }),
    { numRuns: 1000 },
  );
});

test('removing hop-by-hop headers is idempotent, keeps order, and adds nothing', () => {
  fc.assert(
    fc.property(headerList, listed, (headers, connectionNames) => {
      for (const clean of [endToEndRequestHeaders, endToEndAnswerHeaders]) {
        const once = clean({ headers, framing: 'none', connectionNames }, []);
        assert.deepEqual(clean({ headers: once, framing: 'none', connectionNames }, []), once);
        let at = 0;
        for (let i = 0; i < headers.length; i += 2) {
          if (headers[i] === once[at] && headers[i + 1] === once[at + 1]) at += 2;
        }
        assert.equal(at, once.length, 'a subsequence of what came');
      }
    }),
    { numRuns: 1000 },
  );
});
