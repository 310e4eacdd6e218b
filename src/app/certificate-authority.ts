import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import {
  bitString,
  booleanTrue,
  element,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts';

/** Who a certificate is for; at least one of the three lists names it (the common name is for people only). */
export interface CertificateSubject {
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
  /** `ldc://<realm>/<dataCenter>/<node>` makes it a node's certificate for the interlink. */
  readonly uris?: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface IssuedCertificate {
  readonly certPem: string;
  /** PKCS#8; the caller writes it with mode 600. */
  readonly keyPem: string;
}

/** An authority whose certificates are good for both roles of TLS (server and client). */
export interface CertificateAuthority {
  readonly caPem: string;
  readonly caKeyPem: string;
  issue(subject: CertificateSubject): IssuedCertificate;
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/** Makes an authority of its own: ECDSA P-256, self-signed, may sign end certificates only (RFC 5280 §4.2.1.9). */
export function createCertificateAuthority(
  name: string,
  notBeforeMs: number,
  notAfterMs: number,
): CertificateAuthority {
  const key = newKey();
  const keyId = keyIdentifier(key);
  const extensions = [
    extension('2.5.29.19', true, sequence(booleanTrue(), integer(Buffer.from([0])))),
    extension('2.5.29.15', true, bitString(Buffer.from([0b0000_0110]), 1)),
    extension('2.5.29.14', false, octetString(keyId)),
  ];
  const caPem = certificate(name, key, { name, key }, { notBeforeMs, notAfterMs }, extensions);
  return authorityOf(name, key, caPem);
}

/** An authority from what `createCertificateAuthority(name, …)` made before. */
export function openCertificateAuthority(name: string, caPem: string, caKeyPem: string): CertificateAuthority {
  return authorityOf(name, createPrivateKey(caKeyPem), caPem);
}

function authorityOf(name: string, key: KeyObject, caPem: string): CertificateAuthority {
  return {
    caPem,
    caKeyPem: privatePem(key),
    issue: (subject) => issue(subject, { name, key }),
  };
}

interface Issuer {
  readonly name: string;
  readonly key: KeyObject;
}

function issue(subject: CertificateSubject, issuer: Issuer): IssuedCertificate {
  const key = newKey();
  const extensions = [
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, bitString(Buffer.from([0b1000_0000]), 7)),
    extension(
      '2.5.29.37',
      false,
      sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'), objectIdentifier('1.3.6.1.5.5.7.3.2')),
    ),
    extension('2.5.29.14', false, octetString(keyIdentifier(key))),
    extension('2.5.29.35', false, sequence(element(0x80, keyIdentifier(issuer.key)))),
    extension('2.5.29.17', false, sequence(...generalNames(subject))),
  ];
  return { certPem: certificate(subject.commonName, key, issuer, subject, extensions), keyPem: privatePem(key) };
}

function certificate(
  commonName: string,
  key: KeyObject,
  issuer: Issuer,
  validity: Pick<CertificateSubject, 'notBeforeMs' | 'notAfterMs'>,
  extensions: readonly Buffer[],
): string {
  const algorithm = sequence(objectIdentifier(ECDSA_WITH_SHA256));
  const toBeSigned = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    distinguishedName(issuer.name),
    sequence(time(validity.notBeforeMs), time(validity.notAfterMs)),
    distinguishedName(commonName),
    publicKeyInfo(key),
    element(0xa3, sequence(...extensions)),
  );
  const signed = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, issuer.key)));
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function generalNames(subject: CertificateSubject): Buffer[] {
  return [
    ...(subject.dnsNames ?? []).map((name) => element(0x82, Buffer.from(name, 'latin1'))),
    ...(subject.uris ?? []).map((uri) => element(0x86, Buffer.from(uri, 'latin1'))),
    ...(subject.ips ?? []).map((ip) => element(0x87, Buffer.from(ipaddr.parse(ip).toByteArray()))),
  ];
}

const extension = (oid: string, critical: boolean, value: Buffer): Buffer =>
  sequence(objectIdentifier(oid), ...(critical ? [booleanTrue()] : []), octetString(value));

const distinguishedName = (commonName: string): Buffer =>
  sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const privatePem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicKeyInfo = (key: KeyObject): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' });

/** RFC 7093 §2 method 1: the leftmost 160 bits of SHA-256 of the key. */
const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha256').update(publicKeyInfo(key)).digest().subarray(0, 20);
