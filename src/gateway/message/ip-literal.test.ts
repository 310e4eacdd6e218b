import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { isIpv4, isIpv6 } from './ip-literal.ts';
import { plainAddress } from './peer-address.ts';

const almost = fc.array(
  fc.constantFrom(':', '::', '.', '1', '0', '255', '256', 'ffff', 'f', '1.2.3.4', 'g', ' ', '%'),
  { maxLength: 17 },
);

test('takes and refuses the IP literals that Node takes and refuses', () => {
  const texts = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    almost.map((parts) => parts.join('')),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      assert.equal(isIpv4(text), isIPv4(text), text);
      assert.equal(isIpv6(text), isIPv6(text) && !text.includes('%'), text);
    }),
    { numRuns: 5000 },
  );
});

test('a gap stands for at least one group, and groups are eight at most', () => {
  for (const text of ['1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '1:2:3::5:6:7:8', '::', '1:2:3:4:5:6:1.2.3.4'])
    assert.ok(isIpv6(text), text);
  for (const text of ['1:2:3:4::5:6:7:8', '::1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:1.2.3.4', ':1', '1:'])
    assert.ok(!isIpv6(text), text);
});

const PLAIN: readonly (readonly [node: string, address: string | null])[] = [
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.1:80', '192.0.2.1'],
  ['2001:DB8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['192.0.2.1:', null],
  ['192.0.2.1:port', null],
  ['[2001:db8::1', null],
  ['[2001:db8::1]443', null],
  ['unknown', null],
  ['_hidden', null],
  ['', null],
  ['010.0.0.1', null],
  ['a.example:80', null],
];

test('reads the address out of a node, and nothing out of what is none', () => {
  for (const [node, address] of PLAIN) assert.equal(plainAddress(node), address, node);
});
