import type { IssuedCertificate } from '../../src/app/certificate-authority.ts';
import { createCertificateAuthority } from '../../src/app/certificate-authority.ts';

/** Names of a test's certificate; without any, it is for localhost, 127.0.0.1 and ::1. */
export interface TestCertificate {
  readonly commonName?: string;
  readonly dnsNames?: readonly string[];
  readonly ips?: readonly string[];
  readonly uris?: readonly string[];
  /** From now; default one hour. Negative: it has expired already. */
  readonly validForMs?: number;
}

export interface TestAuthority {
  readonly caPem: string;
  issue(certificate?: TestCertificate): IssuedCertificate;
}

const HOUR_MS = 3_600_000;

/** An authority for one test, good for server and client certificates (etcd, Redis, doors, interlink). */
export function createTestAuthority(name = 'test authority'): TestAuthority {
  const now = Date.now();
  const authority = createCertificateAuthority(name, now - 24 * HOUR_MS, now + 24 * HOUR_MS);
  return {
    caPem: authority.caPem,
    issue: (certificate = {}) =>
      authority.issue({
        commonName: certificate.commonName ?? 'localhost',
        dnsNames: certificate.dnsNames ?? ['localhost'],
        ips: certificate.ips ?? ['127.0.0.1', '::1'],
        uris: certificate.uris ?? [],
        notBeforeMs: now - 2 * HOUR_MS,
        notAfterMs: now + (certificate.validForMs ?? HOUR_MS),
      }),
  };
}
