import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineClock } from '../../test/support/machine-clock.ts';
import { createTestAuthority } from '../../test/support/test-certificates.ts';
import { openStore, realmPrefix, type StoreOptions } from './open-store.ts';
import { machineRandom } from './store-bench.fixture.ts';
import { storeSettings } from './store-settings.ts';
import { parseStoreUrl } from './store-url.ts';

const open = (options: Partial<StoreOptions>): Promise<void> =>
  openStore({ url: 'etcd://h', realm: 'r', clock: machineClock, random: machineRandom, ...options }).close();

test('reads every form of a URL', () => {
  const cases: [string, unknown][] = [
    ['embedded:/var/lib/ldc/store.db', { kind: 'embedded', file: '/var/lib/ldc/store.db' }],
    ['etcd://h1:1,h2:2', { kind: 'etcd', endpoints: ['h1:1', 'h2:2'], isTls: false }],
    ['etcds://h1,10.0.0.1:2380/', { kind: 'etcd', endpoints: ['h1:2379', '10.0.0.1:2380'], isTls: true }],
    ['etcd://[::1]:7,[fe80::1]', { kind: 'etcd', endpoints: ['[::1]:7', '[fe80::1]:2379'], isTls: false }],
  ];
  for (const [url, expected] of cases) assert.deepEqual(parseStoreUrl(url), expected);
});

test('refuses every other URL with what was seen and what is allowed, and repeats no password', () => {
  const cases: [string, RegExp][] = [
    ['', /must be embedded:/],
    ['http://h:2379', /must be embedded:/],
    ['embedded:store.db', /"store.db", must be an absolute path/],
    ['embedded:', /absolute path/],
    ['embedded:/tmp/', /must be a file/],
    ['etcd://', /endpoint ""/],
    ['etcd://h1,,h2', /endpoint ""/],
    ['etcd://h1:0', /endpoint "h1:0"/],
    ['etcd://h1:65536', /endpoint "h1:65536"/],
    ['etcd://h1 h2', /endpoint "h1 h2"/],
    ['etcd://h1,h1:2379', /names h1:2379 twice/],
    ['etcd://h1/path', /endpoint "h1\/path"/],
    [`etcd://${Array.from({ length: 16 }, (_, index) => `h${index}`)}`, /16 endpoints, at most 15/],
  ];
  for (const [url, expected] of cases) {
    assert.throws(
      () => parseStoreUrl(url),
      (error: Error) => /^STORE_OPTIONS/.test(error.message) && expected.test(error.message),
      url,
    );
  }
  assert.throws(
    () => parseStoreUrl('etcd://me:secret@h1'),
    (error: Error) => /credentials/.test(error.message) && !/secret/.test(error.message),
  );
});

test('a realm is part of every key and has no characters that could leave it', () => {
  assert.equal(realmPrefix('prod-1'), '/ldc/prod-1/v1/');
  for (const realm of ['', 'A', 'a/b', '-a', 'a_b', 'é', 'a'.repeat(64)])
    assert.throws(() => realmPrefix(realm), /STORE_OPTIONS.*realm/);
});

test('refuses options that contradict each other or the engine', async () => {
  const authority = createTestAuthority();
  const { certPem: cert, keyPem: key } = authority.issue();
  const cases: [Partial<StoreOptions>, RegExp][] = [
    [{ url: 'embedded:/x', credentials: { user: 'u', password: 'p' } }, /credentials are for etcd/],
    [{ url: 'embedded:/x', tls: {} }, /tls is for etcds/],
    [{ url: 'etcd://h', tls: {} }, /use etcds/],
    [{ url: 'etcds://h', tls: { cert } }, /needed together/],
    [{ url: 'etcds://h', tls: { cert: '/etc/cert.pem', key } }, /not a PEM text/],
    [{ url: 'etcds://h', tls: { cert, key: authority.issue().keyPem } }, /STORE_OPTIONS/],
    [{ credentials: { user: '', password: 'p' } }, /user and a password/],
    [{ settings: { readMs: 0 } }, /settings.readMs is 0/],
    [{ settings: { readMs: 1.5 } }, /settings.readMs is 1.5/],
    [{ settings: { readMS: 5 } as object }, /settings.readMS is not known/],
    [{ settings: { backoffMinMs: 5_000 } }, /must not be above settings.backoffMaxMs/],
  ];
  for (const [options, expected] of cases) assert.throws(() => void open(options), expected);
  await open({ url: 'etcds://h', tls: { ca: authority.caPem, cert, key } });
});

test('settings keep what was given and fill in the rest', () => {
  assert.equal(storeSettings({ readMs: 7 }).readMs, 7);
  assert.equal(storeSettings({ readMs: 7 }).transactMs, 5_000);
});
