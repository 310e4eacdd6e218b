import { errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../core/clock.ts';
import type { CountIdentityEvent } from './identity-events.ts';
import type { TokenSettings } from './identity-settings.ts';
import type { KeySet, Keys } from './key-set.ts';
import { peekToken } from './peek-token.ts';
import { reasonOf } from './time-limit.ts';

export interface TokenIssuer {
  readonly keySet: KeySet;
  readonly algorithms: readonly string[];
  readonly clockToleranceS: number;
}

export interface VerifiedToken {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly claims: JWTPayload;
}

export type TokenOutcome =
  | { readonly kind: 'verified'; readonly token: VerifiedToken }
  /** No JWT, or of an issuer that was not asked for: not ours to judge. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string };

export interface TokenVerifierOptions {
  readonly clock: Clock;
  readonly issuers: ReadonlyMap<string, TokenIssuer>;
  readonly settings: TokenSettings;
  readonly count: CountIdentityEvent;
}

interface CachedToken extends VerifiedToken {
  /** Generation of the keys that verified it: a change of the keys makes it unverified again. */
  readonly generation: number;
  readonly verifiedAtMs: number;
}

const FOREIGN: TokenOutcome = { kind: 'foreign' };
const refused = (detail: string): TokenOutcome => ({ kind: 'refused', detail });

/**
 * Verifies JWTs with their issuer's key set: signature, `alg` out of the issuer's list, `iss`, `exp` (required), `nbf`.
 * The audience is the route's business. A token that was verified before is answered at once, without a promise, until
 * it expires, its issuer's keys change, or settings.cacheMs passed.
 */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #verified: LRUCache<string, CachedToken>;
  #pending = 0;

  constructor(options: TokenVerifierOptions) {
    const { cacheEntries, cacheLength } = options.settings;
    this.#options = options;
    this.#verified = new LRUCache({
      max: cacheEntries,
      maxSize: cacheLength,
      sizeCalculation: (_, text) => text.length,
    });
  }

  /** `accepted`: the issuers that the route names. Never throws, never rejects. */
  verify(text: string, accepted: ReadonlySet<string>): TokenOutcome | Promise<TokenOutcome> {
    const { settings, issuers } = this.#options;
    const cached = this.#verified.get(text);
    const issuerName = cached === undefined ? this.#issuerOf(text) : cached.issuer;
    const issuer = issuerName === null || !accepted.has(issuerName) ? undefined : issuers.get(issuerName);
    if (issuerName === null || issuer === undefined) return this.#counted('token-foreign', FOREIGN);
    if (text.length > settings.maxLength) {
      const detail = `the token has ${text.length} characters, at most ${settings.maxLength} are allowed (token.maxLength)`;
      return this.#counted('token-refused', refused(detail));
    }
    const keys = issuer.keySet.current();
    if (cached !== undefined && keys !== null && this.#isFresh(cached, keys)) {
      const problem = this.#timeProblem(cached.claims, issuer);
      if (problem !== null) return this.#counted('token-refused', refused(problem));
      return this.#counted('token-cached', { kind: 'verified', token: cached });
    }
    if (this.#pending >= settings.maxPending) {
      const detail = `${this.#pending} tokens are being verified already (token.maxPending)`;
      return this.#counted('token-unavailable', { kind: 'unavailable', detail });
    }
    return this.#verifyAnew(text, issuerName, issuer);
  }

  #issuerOf(text: string): string | null {
    return peekToken(text)?.issuer ?? null;
  }

  #isFresh(cached: CachedToken, keys: Keys): boolean {
    const age = this.#options.clock.monotonicMs() - cached.verifiedAtMs;
    return cached.generation === keys.generation && age < this.#options.settings.cacheMs;
  }

  /** `exp` and `nbf` are wall-clock instants by definition (RFC 7519 §4.1): the one decision that wall time takes part in. */
  #timeProblem(claims: JWTPayload, issuer: TokenIssuer): string | null {
    const nowS = Math.floor(this.#options.clock.wallMs() / 1000);
    if (claims.exp === undefined || claims.exp <= nowS - issuer.clockToleranceS) return 'the token has expired';
    if (claims.nbf !== undefined && claims.nbf > nowS + issuer.clockToleranceS) return 'the token is not valid yet';
    return null;
  }

  async #verifyAnew(text: string, name: string, issuer: TokenIssuer): Promise<TokenOutcome> {
    this.#pending++;
    try {
      const keys = await issuer.keySet.usable();
      if (keys === null) return this.#noKeys(name, issuer);
      const first = await this.#verifyWith(text, name, issuer, keys);
      if (first !== 'unknown key') return first;
      const newer = await issuer.keySet.newerThan(keys);
      const second = newer === null ? 'unknown key' : await this.#verifyWith(text, name, issuer, newer);
      if (second !== 'unknown key') return second;
      // A key may be new and the fetch that would show it fails: then nobody can say that the token is bad.
      if (issuer.keySet.problem !== null) return this.#noKeys(name, issuer);
      return this.#counted('token-refused', refused(`no key of issuer ${name} fits the token's alg and kid`));
    } finally {
      this.#pending--;
    }
  }

  async #verifyWith(
    text: string,
    name: string,
    issuer: TokenIssuer,
    keys: Keys,
  ): Promise<TokenOutcome | 'unknown key'> {
    try {
      const { payload } = await jwtVerify(text, keys.resolve, {
        algorithms: [...issuer.algorithms],
        issuer: name,
        requiredClaims: ['exp'],
        clockTolerance: issuer.clockToleranceS,
        currentDate: new Date(this.#options.clock.wallMs()),
      });
      const token = { issuer: name, audiences: audiencesOf(payload), claims: payload };
      const verifiedAtMs = this.#options.clock.monotonicMs();
      this.#verified.set(text, { ...token, generation: keys.generation, verifiedAtMs });
      return this.#counted('token-verified', { kind: 'verified', token });
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return 'unknown key';
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSInvalid)) {
        return this.#counted('token-refused', refused(reasonOf(error)));
      }
      // Not the token's fault: a key that cannot be imported, or one too short to be used.
      const detail = `the key set of issuer ${name} cannot be used: ${reasonOf(error)}`;
      return this.#counted('token-unavailable', { kind: 'unavailable', detail });
    }
  }

  #noKeys(name: string, issuer: TokenIssuer): TokenOutcome {
    const detail = `the key set of issuer ${name} cannot be fetched: ${issuer.keySet.problem ?? 'it is too old (keys.staleMs)'}`;
    return this.#counted('token-unavailable', { kind: 'unavailable', detail });
  }

  #counted(event: Parameters<CountIdentityEvent>[0], outcome: TokenOutcome): TokenOutcome {
    this.#options.count(event);
    return outcome;
  }
}

function audiencesOf(payload: JWTPayload): readonly string[] {
  const { aud } = payload;
  const all: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return all.filter((audience) => typeof audience === 'string');
}
