import type { JSONWebKeySet } from 'jose';

/** What a gateway knows about one issuer of tokens. */
export interface JwtIssuerSettings {
  /** `https://…`, `file:///…`, or the key set itself. Public keys only. */
  readonly jwks: string | JSONWebKeySet;
  /** Accepted values of `alg`; default: all of ASYMMETRIC_ALGORITHMS. `none` and the HMAC ones cannot be allowed. */
  readonly algorithms?: readonly string[];
  /** How far `exp` and `nbf` may be off, in seconds; default 5, at most 300. */
  readonly clockToleranceS?: number;
  /** PEM of the authorities that the https address is verified with; default: the system's. */
  readonly ca?: string;
}

/**
 * Signatures that a gateway can check with a public key (RFC 7518 §3.1, RFC 8037, RFC 9864). HMAC would need the
 * issuer's secret at each gateway, and opens the door to "RS256 key used as HS256 secret".
 */
export const ASYMMETRIC_ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

export const DEFAULT_CLOCK_TOLERANCE_S = 5;
const MAX_CLOCK_TOLERANCE_S = 300;

/** All that is wrong with an issuer's settings, one sentence each; empty when they can be used. */
export function jwtIssuerProblems(issuer: string, settings: JwtIssuerSettings): string[] {
  const where = `jwtIssuers["${issuer}"]`;
  const problems: string[] = [];
  if (issuer === '') problems.push(`${where}: an issuer has a name, the token's iss`);
  if (typeof settings.jwks === 'string' && !isKeyAddress(settings.jwks)) {
    problems.push(`${where}.jwks: "${settings.jwks}" must be an https:// or file:/// address, or the key set itself`);
  }
  const algorithms = settings.algorithms ?? ASYMMETRIC_ALGORITHMS;
  if (algorithms.length === 0) problems.push(`${where}.algorithms: empty, name at least one or leave it out`);
  for (const algorithm of algorithms) {
    if (!ASYMMETRIC_ALGORITHMS.includes(algorithm)) {
      problems.push(`${where}.algorithms: "${algorithm}" is not one of ${ASYMMETRIC_ALGORITHMS.join(', ')}`);
    }
  }
  const tolerance = settings.clockToleranceS ?? DEFAULT_CLOCK_TOLERANCE_S;
  if (!(tolerance >= 0 && tolerance <= MAX_CLOCK_TOLERANCE_S)) {
    problems.push(`${where}.clockToleranceS: ${tolerance} is not 0 to ${MAX_CLOCK_TOLERANCE_S} seconds`);
  }
  return problems;
}

function isKeyAddress(address: string): boolean {
  const url = URL.parse(address);
  if (url === null) return false;
  return url.protocol === 'https:' || (url.protocol === 'file:' && url.host === '' && url.pathname.length > 1);
}
