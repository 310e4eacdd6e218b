import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fieldLines } from './field-lines.ts';
import { type ForwardedTrust, forwarding, trustForwarded } from './forwarded.ts';
import { parseForwarded } from './forwarded-elements.ts';

/** 10.0.0.0/8 and fd00::/8 are trusted. */
const trust = trustForwarded({ contains: (address) => address.startsWith('10.') || address.startsWith('fd') });
const byForwarded: ForwardedTrust = { ...trust, family: 'forwarded' };
const head = (remoteAddress: string, ...headers: string[]) => ({
  headers,
  remoteAddress,
  secure: false,
  authority: 'shop.example',
});
const asked = (list: readonly string[], name: string): string | undefined => list[list.indexOf(name) + 1];

test('what an untrusted peer claims is replaced', () => {
  const claimed = [
    'X-Forwarded-For',
    '1.1.1.1',
    'X-Forwarded-Proto',
    'https',
    'X-Forwarded-Host',
    'b',
    'Forwarded',
    'for=1.1.1.1',
  ];
  const { lines, ...told } = forwarding(head('192.0.2.7', ...claimed), trust);
  assert.equal(lines, fieldLines(told.headers));
  assert.deepEqual(told, {
    clientAddress: '192.0.2.7',
    trustedPeer: false,
    proto: 'http',
    host: 'shop.example',
    headers: [
      ...['Forwarded', 'for=192.0.2.7;host="shop.example";proto=http', 'X-Forwarded-For', '192.0.2.7'],
      ...['X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'shop.example', 'X-Real-IP', '192.0.2.7'],
    ],
  });
});

test('to what a trusted proxy claims, the proxy is appended', () => {
  const claimed = [
    'x-forwarded-for',
    '192.0.2.7, 10.0.0.9',
    'X-Forwarded-Proto',
    'HTTPS',
    'X-Forwarded-Host',
    'b.example:8443',
  ];
  const told = forwarding(head('::ffff:10.0.0.1', ...claimed), trust);
  assert.equal(told.clientAddress, '192.0.2.7');
  assert.equal(told.trustedPeer, true);
  assert.equal(asked(told.headers, 'X-Forwarded-For'), '192.0.2.7, 10.0.0.9, 10.0.0.1');
  assert.equal(
    asked(told.headers, 'Forwarded'),
    'for=192.0.2.7;host="b.example:8443";proto=https, for=10.0.0.9, for=10.0.0.1',
  );
  assert.equal(asked(told.headers, 'X-Real-IP'), '192.0.2.7');
});

const CLIENTS: readonly (readonly [claim: string, forwardedFor: string, client: string])[] = [
  ['none: the peer', '', '10.0.0.1'],
  ['one', '192.0.2.7', '192.0.2.7'],
  ['an invented address in front of the client', '1.1.1.1, 192.0.2.7', '192.0.2.7'],
  ['an invented trusted address in front of the client', '10.9.9.9, 192.0.2.7, 10.0.0.2', '192.0.2.7'],
  ['only trusted ones: the leftmost', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['unknown at the end: the peer', '192.0.2.7, unknown', '10.0.0.1'],
  ['rubbish before a trusted one: that one', 'rubbish, 10.0.0.2', '10.0.0.2'],
  ['with ports', '192.0.2.7:4711, 10.0.0.2:80', '192.0.2.7'],
  ['IPv6', '[2001:DB8::1]:80, fd00::2', '2001:db8::1'],
  ['an empty element, which ends the way', '192.0.2.7,,10.0.0.2', '10.0.0.2'],
];

describe('the client is the rightmost address that is no trusted proxy', () => {
  for (const [claim, forwardedFor, client] of CLIENTS) {
    test(claim, () => {
      const headers = forwardedFor === '' ? [] : ['X-Forwarded-For', forwardedFor];
      assert.equal(forwarding(head('10.0.0.1', ...headers), trust).clientAddress, client);
    });
  }
});

test('only one family is believed, because proxies pass the other one through unread', () => {
  const both = ['Forwarded', 'for=1.1.1.1;proto=https', 'X-Forwarded-For', '2.2.2.2'];
  assert.equal(forwarding(head('10.0.0.1', ...both), trust).clientAddress, '2.2.2.2');
  assert.equal(forwarding(head('10.0.0.1', ...both), byForwarded).clientAddress, '1.1.1.1');
  assert.equal(forwarding(head('10.0.0.1', 'Forwarded', 'for=1.1.1.1'), trust).clientAddress, '10.0.0.1');
});

test('lines of one field are one list', () => {
  const two = head('10.0.0.1', 'X-Forwarded-For', '192.0.2.7', 'X-Forwarded-For', '10.0.0.2');
  assert.equal(forwarding(two, trust).clientAddress, '192.0.2.7');
});

test('a proto or host that is none is not passed on', () => {
  const odd = head('10.0.0.1', 'X-Forwarded-Proto', 'gopher', 'X-Forwarded-Host', 'a, b"');
  const told = forwarding(odd, trust);
  assert.deepEqual([told.proto, told.host], ['http', 'shop.example']);
});

test('at most so many hops are kept, the rightmost', () => {
  const hops = Array.from({ length: 50 }, (_, i) => `192.0.2.${i}`).join(', ');
  const told = forwarding(head('10.0.0.1', 'X-Forwarded-For', hops), { ...trust, maxHops: 2 });
  assert.equal(asked(told.headers, 'X-Forwarded-For'), '192.0.2.48, 192.0.2.49, 10.0.0.1');
});

const ELEMENTS: readonly (readonly [value: string, fors: readonly string[] | null])[] = [
  ['for=1.2.3.4', ['1.2.3.4']],
  ['For="[2001:db8::1]:80";Proto=http, for=_hidden', ['[2001:db8::1]:80', '_hidden']],
  ['for="a\\"b,c;d"', ['a"b,c;d']],
  ['proto=http', ['']],
  [', ,for=a', ['a']],
  ['', []],
  ['for=1;for=2', null],
  ['for', null],
  ['for=a b', null],
  ['for="a', null],
  ['for="a"b"', null],
  ['for="a\\"', null],
  ['for=2001:db8::1', null],
];

describe('Forwarded', () => {
  for (const [value, fors] of ELEMENTS) {
    test(`${JSON.stringify(value)} is ${JSON.stringify(fors)}`, () => {
      assert.deepEqual(parseForwarded(value)?.map((element) => element.for) ?? null, fors);
    });
  }
});

test('whatever proxies claim, what goes to the cell is well-formed and ends with the peer', () => {
  const name = fc.constantFrom('Forwarded', 'X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Real-IP');
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.ipV4(),
    fc.constantFrom('for="[::1]"', 'for="\\', 'https', 'a\r\nb'),
  );
  const headers = fc.array(fc.tuple(name, value), { maxLength: 6 }).map((pairs) => pairs.flat());
  fc.assert(
    fc.property(headers, fc.constantFrom(trust, byForwarded), (list, trusted) => {
      const told = forwarding(head('10.0.0.1', ...list), trusted);
      const forwarded = parseForwarded(asked(told.headers, 'Forwarded') ?? '');
      assert.equal(forwarded?.at(-1)?.for, '10.0.0.1');
      for (const field of told.headers) assert.match(field, /^[\x20-\x7e]+$/);
    }),
    { numRuns: 500 },
  );
});
