import type { JwtIssuerSettings } from './jwt-issuer.ts';

/** Settings of a gateway for identity; each has a default, all times in milliseconds. docs/identity.md lists them. */
export interface IdentitySettings {
  /** By the token's `iss`. */
  readonly jwtIssuers: Readonly<Record<string, JwtIssuerSettings>>;
  readonly token: TokenSettings;
  readonly keys: KeySetSettings;
  readonly session: SessionSettings;
}

export interface TokenSettings {
  /** Longest token that is looked at, in characters. */
  readonly maxLength: number;
  /** Verified tokens kept, by count and by the sum of their characters. */
  readonly cacheEntries: number;
  readonly cacheLength: number;
  /** A verified token is verified again after this time, even if it is good for longer. */
  readonly cacheMs: number;
  /** Verifications under way at once; one more is answered as unavailable. */
  readonly maxPending: number;
}

export interface KeySetSettings {
  /** Age from which a key set is fetched again, in the background: from an address, from a file. */
  readonly refreshMs: number;
  readonly fileRefreshMs: number;
  /** Least time between fetches that unknown key IDs ask for: from an address, from a file. */
  readonly cooldownMs: number;
  readonly fileCooldownMs: number;
  /** Least time after a failed fetch. */
  readonly retryMs: number;
  /** Longest fetch, and largest answer in bytes. */
  readonly fetchMs: number;
  readonly maxBytes: number;
  /** Age up to which keys are used while they cannot be fetched again. */
  readonly staleMs: number;
}

export interface SessionSettings {
  /** How long an answer "this user" counts, and how long "no such session". */
  readonly positiveMs: number;
  readonly negativeMs: number;
  /** Age up to which an answer "this user" is used while the store cannot be asked. */
  readonly staleMs: number;
  /** Longest look-up; the route's timeouts.identityMs can be shorter. */
  readonly lookupMs: number;
  /** After a failed look-up of a session that is known, the known answer is used this long before the next try. */
  readonly retryMs: number;
  readonly cacheEntries: number;
  /** Sessions looked up at once; one more is answered as unavailable. */
  readonly maxPending: number;
}

const MINUTE_MS = 60_000;

export const DEFAULT_IDENTITY_SETTINGS: IdentitySettings = {
  jwtIssuers: {},
  token: {
    maxLength: 8192,
    cacheEntries: 20_000,
    cacheLength: 16 * 1024 * 1024,
    cacheMs: 10 * MINUTE_MS,
    maxPending: 1024,
  },
  keys: {
    refreshMs: 10 * MINUTE_MS,
    fileRefreshMs: 2000,
    cooldownMs: 30_000,
    fileCooldownMs: 1000,
    retryMs: 2000,
    fetchMs: 3000,
    maxBytes: 256 * 1024,
    staleMs: 24 * 60 * MINUTE_MS,
  },
  session: {
    positiveMs: 5000,
    negativeMs: 1000,
    staleMs: MINUTE_MS,
    lookupMs: 250,
    retryMs: 1000,
    cacheEntries: 100_000,
    maxPending: 1024,
  },
};
