import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../src/app/certificate-authority.ts';
import type { PeerPlace } from './peer.ts';

const DAY_MS = 86_400_000;

/** One certificate for all doors that speak TLS, and for nginx's way between two of them. */
export function benchCertificate(directory: string, nowMs: number): PeerPlace['certificate'] {
  const authority = createCertificateAuthority('bench doors', nowMs - 60_000, nowMs + DAY_MS);
  const { certPem, keyPem } = authority.issue({
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ips: ['127.0.0.1'],
    uris: [],
    notBeforeMs: nowMs - 60_000,
    notAfterMs: nowMs + DAY_MS,
  });
  const files = { cert: join(directory, 'door.pem'), key: join(directory, 'door.key'), ca: join(directory, 'ca.pem') };
  writeFileSync(files.cert, certPem);
  writeFileSync(files.key, keyPem, { mode: 0o600 });
  writeFileSync(files.ca, authority.caPem);
  return files;
}
