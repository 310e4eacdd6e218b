import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createCertificateAuthority, openCertificateAuthority } from './certificate-authority.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 0, 15);

const authority = createCertificateAuthority('ldc fleet', NOW_MS - DAY_MS, NOW_MS + 3650 * DAY_MS);
const subject = {
  commonName: 'gateway-hz-a-1',
  dnsNames: ['localhost'],
  ips: ['127.0.0.1', '::1'],
  uris: ['ldc://demo/hz-a/gateway-hz-a-1'],
  notBeforeMs: NOW_MS,
  notAfterMs: NOW_MS + 30 * DAY_MS,
};

test('the authority is a CA that signs itself and nothing below end certificates', () => {
  const ca = new X509Certificate(authority.caPem);
  assert.equal(ca.ca, true);
  assert.equal(ca.verify(ca.publicKey), true);
  assert.equal(ca.subject, 'CN=ldc fleet');
  assert.equal(ca.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
});

test('an issued certificate carries its names, is no CA, fits its key and verifies', () => {
  const { certPem, keyPem } = authority.issue(subject);
  const leaf = new X509Certificate(certPem);
  const ca = new X509Certificate(authority.caPem);
  assert.equal(leaf.ca, false);
  assert.equal(leaf.checkIssued(ca), true);
  assert.equal(leaf.verify(ca.publicKey), true);
  assert.equal(leaf.checkPrivateKey(createPrivateKey(keyPem)), true);
  assert.equal(leaf.checkHost('localhost'), 'localhost');
  assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1');
  assert.match(leaf.subjectAltName ?? '', /URI:ldc:\/\/demo\/hz-a\/gateway-hz-a-1/);
  assert.match(leaf.subjectAltName ?? '', /0:0:0:0:0:0:0:1/);
  assert.equal(Date.parse(leaf.validFrom), NOW_MS);
  assert.equal(Date.parse(leaf.validTo), NOW_MS + 30 * DAY_MS);
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
});

test('dates on both sides of 2050 are written as RFC 5280 wants them', () => {
  for (const year of [2049, 2050, 2060]) {
    const notAfterMs = Date.UTC(year, 6, 1);
    const { certPem } = authority.issue({ ...subject, notAfterMs });
    assert.equal(Date.parse(new X509Certificate(certPem).validTo), notAfterMs);
  }
});

test('an authority that was opened again issues certificates of the same authority', () => {
  const opened = openCertificateAuthority('ldc fleet', authority.caPem, authority.caKeyPem);
  const leaf = new X509Certificate(opened.issue(subject).certPem);
  assert.equal(leaf.checkIssued(new X509Certificate(authority.caPem)), true);
  assert.equal(leaf.verify(new X509Certificate(authority.caPem).publicKey), true);
});

test('two certificates never share a serial number', () => {
  const serials = [1, 2, 3].map(() => new X509Certificate(authority.issue(subject).certPem).serialNumber);
  assert.equal(new Set(serials).size, 3);
});
