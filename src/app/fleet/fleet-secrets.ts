import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataCenterId, NodeId, RealmId } from '../../core/ids.ts';
import { identityUri } from '../../gateway/interlink/peer-identity.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  openCertificateAuthority,
} from '../certificate-authority.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const AUTHORITY_NAME = 'ldc fleet';
/** The issuer that the reference ruleset's JWT source names. */
export const FLEET_ISSUER = 'ldc-fleet';

export interface FleetSecrets {
  readonly operatorToken: string;
  readonly viewerToken: string;
  /** Cells register with it at their gateways. */
  readonly registrationToken: string;
  /** The cells' processes know each other by it. */
  readonly peerToken: string;
}

/** Writes a file that only its owner may read. */
export function writeSecret(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
}

/** Tokens of the fleet: made at the first start, read again at later ones. */
export function fleetSecrets(directory: string): FleetSecrets {
  const file = join(directory, 'secrets.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as FleetSecrets;
  const token = (): string => randomBytes(24).toString('base64url');
  const secrets = { operatorToken: token(), viewerToken: token(), registrationToken: token(), peerToken: token() };
  writeSecret(file, JSON.stringify(secrets));
  return secrets;
}

/** The control nodes' file of token hashes. */
export function tokenFile(secrets: FleetSecrets): string {
  const entry = (name: string, role: string, token: string) => ({
    name,
    role,
    sha256: createHash('sha256').update(token).digest('hex'),
  });
  const tokens = [
    entry('fleet-admin', 'admin', secrets.operatorToken),
    entry('fleet-viewer', 'viewer', secrets.viewerToken),
  ];
  return JSON.stringify({ tokens }, null, 2);
}

/** The fleet's own authority; its key never leaves the directory. */
export function fleetAuthority(directory: string, nowMs: number): CertificateAuthority {
  const [certFile, keyFile] = [join(directory, 'ca.pem'), join(directory, 'ca.key')];
  if (existsSync(certFile) && existsSync(keyFile)) {
    return openCertificateAuthority(AUTHORITY_NAME, readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8'));
  }
  const authority = createCertificateAuthority(AUTHORITY_NAME, nowMs - 60_000, nowMs + 10 * YEAR_MS);
  writeSecret(certFile, authority.caPem);
  writeSecret(keyFile, authority.caKeyPem);
  return authority;
}

/** New certificate of a gateway for its interlink and its door; returns the files. */
export function nodeCertificate(
  authority: CertificateAuthority,
  directory: string,
  identity: { readonly realm: string; readonly dataCenter: string; readonly node: string },
  nowMs: number,
): { readonly cert: string; readonly key: string } {
  const uri = identityUri({
    realm: identity.realm as RealmId,
    dataCenter: identity.dataCenter as DataCenterId,
    node: identity.node as NodeId,
  });
  const { certPem, keyPem } = authority.issue({
    commonName: identity.node,
    dnsNames: ['localhost'],
    ips: ['127.0.0.1', '::1'],
    uris: [uri],
    notBeforeMs: nowMs - 60_000,
    notAfterMs: nowMs + YEAR_MS,
  });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files = { cert: join(directory, 'node.pem'), key: join(directory, 'node.key') };
  writeSecret(files.cert, certPem);
  writeSecret(files.key, keyPem);
  return files;
}

/** Key set of the fleet's token issuer, and a token to try; made once. Returns the key set's file. */
export function fleetKeySet(directory: string, nowMs: number): string {
  const file = join(directory, 'jwks.json');
  if (existsSync(file)) return file;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'fleet-1', alg: 'ES256', use: 'sig' };
  writeSecret(join(directory, 'jwt.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const seconds = Math.floor(nowMs / 1000);
  const claims = { iss: FLEET_ISSUER, sub: '10000007', iat: seconds, exp: seconds + YEAR_MS / 1000 };
  const body = `${encode({ alg: 'ES256', kid: 'fleet-1', typ: 'JWT' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(body), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  writeSecret(join(directory, 'sample.jwt'), `${body}.${signature.toString('base64url')}\n`);
  writeSecret(file, JSON.stringify({ keys: [jwk] }));
  return file;
}
