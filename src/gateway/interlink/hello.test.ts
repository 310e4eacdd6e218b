import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BootId, DataCenterId, NodeId, RealmId } from '../../core/ids.ts';
import { FRAME_HEADER_BYTES } from './frame.ts';
import type { Hello, OwnNode } from './hello.ts';
import { checkHello, commonVersion, decodeHello, encodeHello, helloOf } from './hello.ts';
import { identityUri, readIdentity } from './peer-identity.ts';

const node = (part: Record<string, unknown> = {}): OwnNode => ({
  realm: 'demo' as RealmId,
  dataCenter: 'hz-a' as DataCenterId,
  node: 'gateway-hz-a-1' as NodeId,
  boot: 'b1' as BootId,
  formats: [1],
  ...part,
});
const hello = (part: Record<string, unknown> = {}): Hello =>
  helloOf(node(part), { windowBytes: 262_144, maxStreams: 100 });
const payload = (value: Hello): Buffer => encodeHello(value).subarray(FRAME_HEADER_BYTES);

test('HELLO comes back as it was sent', () => {
  const sent = hello({ formats: [1, 2, 700], versions: { min: 1, max: 9 } });
  assert.deepEqual(decodeHello(payload(sent)), sent);
});

test('garbage as HELLO never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 19, maxLength: 200 }), (bytes) => {
      const made = Buffer.from(bytes);
      if (made.length % 2) made.write('LDCI', 0, 'latin1');
      decodeHello(made);
    }),
    { numRuns: 1000 },
  );
});

test('bounds of HELLO are checked: magic, window, names', () => {
  assert.match(String(decodeHello(Buffer.from('GET / HTTP/1.1\r\nHost: a'))), /LDCI/);
  assert.match(
    String(decodeHello(payload({ ...hello(), windowBytes: 100 }))),
    /window of 100 bytes, must be 16384 to 16777216/,
  );
  assert.match(String(decodeHello(payload(hello({ realm: '' })))), /names/);
});

test('the highest common version wins, and none is none', () => {
  assert.equal(commonVersion({ min: 1, max: 3 }, { min: 2, max: 5 }), 3);
  assert.equal(commonVersion({ min: 2, max: 5 }, { min: 1, max: 3 }), 3);
  assert.equal(commonVersion({ min: 1, max: 1 }, { min: 2, max: 3 }), null);
  const range = fc
    .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))
    .map(([min, more]) => ({ min, max: min + more }));
  fc.assert(fc.property(range, range, (own, peer) => assert.equal(commonVersion(own, peer), commonVersion(peer, own))));
});

test('a peer is refused for version, realm, and names that its certificate does not prove', () => {
  const proven = { realm: 'demo', dataCenter: 'hz-a', node: 'gateway-hz-a-1' } as Hello;
  assert.equal(checkHello(hello(), hello(), proven), null);
  const version = checkHello(hello(), hello({ versions: { min: 2, max: 4 } }), proven);
  assert.equal(version?.code, 'VERSION');
  assert.match(version?.detail ?? '', /speaks 1 to 1, gateway-hz-a-1 speaks 2 to 4/);
  assert.equal(checkHello(hello(), hello({ realm: 'other' }), proven)?.code, 'REALM');
  assert.equal(checkHello(hello(), hello({ dataCenter: 'sz-a' }), proven)?.code, 'IDENTITY');
  assert.match(checkHello(hello(), hello({ node: 'x' }), proven)?.detail ?? '', /node x, expected gateway-hz-a-1/);
});

test('a certificate names exactly one node, and no quoting can smuggle in another', () => {
  const uri = identityUri(node());
  assert.deepEqual(readIdentity(`DNS:localhost, URI:${uri}, IP Address:127.0.0.1`), {
    realm: 'demo',
    dataCenter: 'hz-a',
    node: 'gateway-hz-a-1',
  });
  const refused: [string | undefined, RegExp][] = [
    [undefined, /no alternative names/],
    ['DNS:localhost', /0 ldc:\/\/ names/],
    [`URI:${uri}, URI:ldc://demo/sz-a/x`, /2 ldc:\/\/ names/],
    ['DNS:"a, URI:ldc://demo/sz-a/x, b"', /quoted/],
    ['URI:ldc://demo/sz-a', /not ldc:/],
    ['URI:ldc://demo/sz-a/x/y', /not ldc:/],
    ['URI:ldc://demo//x', /not ldc:/],
  ];
  for (const [names, reason] of refused) assert.match(String(readIdentity(names)), reason);
});
