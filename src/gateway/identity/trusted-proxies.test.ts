import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileTrustedProxies } from './trusted-proxies.ts';

const cases: readonly (readonly [blocks: readonly string[], address: string | undefined, trusted: boolean])[] = [
  [[], '127.0.0.1', false],
  [['10.0.0.0/8'], '10.255.0.1', true],
  [['10.0.0.0/8'], '11.0.0.1', false],
  [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
  [['10.0.0.0/8'], '::ffff:a01:203', true],
  [['::ffff:10.0.0.0/104'], '10.1.2.3', true],
  [['::ffff:10.0.0.0/104'], '11.1.2.3', false],
  [['192.0.2.7'], '192.0.2.7', true],
  [['192.0.2.7'], '192.0.2.8', false],
  [['2001:db8::/32'], '2001:db8:1::1', true],
  [['2001:db8::/32'], '2001:db9::1', false],
  [['2001:db8::/32', '10.0.0.0/8'], '10.0.0.1', true],
  [['fe80::/10'], 'fe80::1%eth0', true],
  [['0.0.0.0/0'], '203.0.113.9', true],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [['::/0'], '203.0.113.9', false],
  [['0.0.0.0/0'], undefined, false],
  [['0.0.0.0/0'], '', false],
  [['0.0.0.0/0'], 'localhost', false],
  [['10.0.0.0/8'], '012.0.0.1', false],
  [['127.0.0.0/8'], '2130706433', false],
  [['127.0.0.0/8'], '127.1', false],
  [['127.0.0.0/8'], '127.0.0.1, 10.0.0.1', false],
];

for (const [blocks, address, trusted] of cases) {
  test(`[${blocks}] ${trusted ? 'contains' : 'does not contain'} ${address}`, () => {
    assert.equal(compileTrustedProxies(blocks).contains(address), trusted);
  });
}

test('a block that is not one is refused by name', () => {
  for (const cidr of [
    '',
    'x',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::/129',
    '::ffff:10.0.0.0/8',
    '10.1/8',
    'fe80::1%e/10',
  ]) {
    assert.throws(
      () => compileTrustedProxies([cidr]),
      (error: Error) => error instanceof TypeError && error.message.includes(`"${cidr}"`),
      cidr,
    );
  }
});

test('contains never throws, whatever the peer is called', () => {
  const proxies = compileTrustedProxies(['10.0.0.0/8', '2001:db8::/32']);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void proxies.contains(text)));
});
