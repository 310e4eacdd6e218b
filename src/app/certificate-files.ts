import { readFileSync } from 'node:fs';
import type { CertificateFiles, GatewayConfig } from './gateway-config.ts';

/** Reads certificate and key, PEM; throws the file system's error. */
export function readCertificate({ cert, key }: CertificateFiles): { cert: string; key: string } {
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** Every file whose change makes a gateway read its certificates again. */
export function certificateFiles({ interlink, door }: GatewayConfig): string[] {
  const own = [interlink.ca, interlink.cert, interlink.key];
  return door.tls === null ? own : [...own, door.tls.cert, door.tls.key];
}
