import { openFileKeySource } from './file-key-source.ts';
import { openHttpsKeySource } from './https-key-source.ts';
import type { KeySetSettings } from './identity-settings.ts';
import type { JwtIssuerSettings } from './jwt-issuer.ts';
import type { KeySource } from './key-source.ts';

/** The adapter for the address in `jwks`; the settings were checked by jwtIssuerProblems. */
export function openKeySource(issuer: JwtIssuerSettings & { readonly jwks: string }, keys: KeySetSettings): KeySource {
  if (new URL(issuer.jwks).protocol === 'file:') return openFileKeySource(issuer.jwks, keys.maxBytes);
  return openHttpsKeySource({ address: issuer.jwks, ca: issuer.ca, maxBytes: keys.maxBytes, timeoutMs: keys.fetchMs });
}
