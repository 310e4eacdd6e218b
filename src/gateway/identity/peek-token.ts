/** What an unverified token claims; nothing of it may be believed before the signature was checked. */
export interface PeekedToken {
  readonly issuer: string | null;
}

/** Three base64url parts; the last is empty in a token that says `alg: none`. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Whether `text` is a JWT in compact form (RFC 7519 §3, RFC 7515 §7.1): a header with an `alg`, a payload, both JSON
 * objects. Null for every other text: an opaque token, which is for the application.
 */
export function peekToken(text: string): PeekedToken | null {
  if (!COMPACT.test(text)) return null;
  const [header = '', payload = ''] = text.split('.');
  if (typeof jsonObject(header)?.alg !== 'string') return null;
  const claims = jsonObject(payload);
  if (claims === null) return null;
  return { issuer: typeof claims.iss === 'string' ? claims.iss : null };
}

function jsonObject(base64url: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** The token of `Authorization: Bearer …` (RFC 6750 §2.1, the scheme in any case), or undefined for other schemes. */
export function bearerToken(authorization: string): string | undefined {
  if (authorization.slice(0, 6).toLowerCase() !== 'bearer') return undefined;
  const rest = authorization.slice(6);
  if (rest !== '' && rest[0] !== ' ') return undefined;
  return rest.trim();
}
