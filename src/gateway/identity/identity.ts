import type { Clock } from '../../core/clock.ts';
import type { IdentitySource } from '../../core/topology-document.ts';
import { routeAskLimit } from './ask-limit.ts';
import { compileIdentifier, type Identifier } from './identifier.ts';
import type { CountIdentityEvent } from './identity-events.ts';
import type { IdentitySettings, KeySetSettings } from './identity-settings.ts';
import {
  ASYMMETRIC_ALGORITHMS,
  DEFAULT_CLOCK_TOLERANCE_S,
  type JwtIssuerSettings,
  jwtIssuerProblems,
} from './jwt-issuer.ts';
import { KeySet, type KeySetTimes } from './key-set.ts';
import { inlineKeySource, type KeySource } from './key-source.ts';
import { SessionLookup } from './session-lookup.ts';
import type { SessionStore } from './session-store.ts';
import { type TokenIssuer, TokenVerifier } from './token-verifier.ts';

export interface IdentityOptions {
  readonly settings: IdentitySettings;
  readonly clock: Clock;
  readonly count: CountIdentityEvent;
  /** Null: there is no session store. It is not closed by `close`: who opened it closes it. */
  readonly sessionStore: SessionStore | null;
  /** Opens what `jwks` names by address; open-key-source.ts is the real one. */
  readonly openKeySource: (issuer: JwtIssuerSettings & { readonly jwks: string }, keys: KeySetSettings) => KeySource;
}

/** What a route says about identity. */
export interface RouteIdentity {
  readonly sources: readonly IdentitySource[];
  readonly identityMs: number;
  /** The realm's trust.identityHeaders. */
  readonly identityHeaders: 'trusted' | 'any';
}

/**
 * All that a gateway knows for telling users: key sets, verified tokens, known sessions. It outlives tables: a new table
 * has its routes compiled again on the same memory.
 */
export class Identity {
  readonly #options: IdentityOptions;
  readonly #issuers: ReadonlyMap<string, TokenIssuer>;
  readonly #verifier: TokenVerifier;
  readonly #sessions: SessionLookup | null;

  /** Throws a TypeError that lists all that is wrong with the settings. */
  constructor(options: IdentityOptions) {
    const { settings, clock, count, sessionStore } = options;
    const issuers = Object.entries(settings.jwtIssuers);
    const problems = issuers.flatMap(([name, issuer]) => jwtIssuerProblems(name, issuer));
    if (problems.length > 0) throw new TypeError(problems.join('\n'));
    this.#options = options;
    this.#issuers = new Map(issuers.map(([name, issuer]) => [name, this.#openIssuer(issuer)]));
    this.#verifier = new TokenVerifier({ clock, issuers: this.#issuers, settings: settings.token, count });
    this.#sessions =
      sessionStore === null
        ? null
        : new SessionLookup({ clock, store: sessionStore, settings: settings.session, count });
  }

  compile(route: RouteIdentity): Identifier {
    const { clock, count } = this.#options;
    return compileIdentifier(route.sources, {
      identityHeaders: route.identityHeaders,
      limit: routeAskLimit(clock, route.identityMs, count),
      count,
      verifier: this.#verifier,
      sessions: this.#sessions,
    });
  }

  /** Sources that this gateway cannot look at, in words for the log; they count as absent. */
  warnings(sources: readonly IdentitySource[]): string[] {
    const warnings: string[] = [];
    for (const source of sources) {
      if (source.type === 'jwt' && !this.#issuers.has(source.issuer)) {
        warnings.push(
          `jwt ${source.claim}: no keys for issuer ${source.issuer} (jwtIssuers); its tokens are not looked at`,
        );
      }
      if (source.type === 'session' && this.#sessions === null) {
        warnings.push(`session ${source.cookie}: no session store is configured (redis); the cookie is not looked at`);
      }
    }
    return warnings;
  }

  /** Fetches all key sets, so that the first tokens need not wait; never rejects. Returns what could not be fetched. */
  async fetchKeys(): Promise<string[]> {
    const problems = [...this.#issuers].map(async ([name, { keySet }]) => {
      await keySet.refresh();
      return keySet.problem === null ? [] : [`key set of issuer ${name}: ${keySet.problem}`];
    });
    return (await Promise.all(problems)).flat();
  }

  /** Ends fetches under way. */
  async close(): Promise<void> {
    await Promise.all([...this.#issuers.values()].map(({ keySet }) => keySet.close()));
  }

  #openIssuer(issuer: JwtIssuerSettings): TokenIssuer {
    const { clock, count, settings, openKeySource } = this.#options;
    const { jwks } = issuer;
    const source = typeof jwks === 'string' ? openKeySource({ ...issuer, jwks }, settings.keys) : inlineKeySource(jwks);
    return {
      keySet: new KeySet({ clock, source, times: keySetTimes(jwks, settings.keys), count }),
      algorithms: issuer.algorithms ?? ASYMMETRIC_ALGORITHMS,
      clockToleranceS: issuer.clockToleranceS ?? DEFAULT_CLOCK_TOLERANCE_S,
    };
  }
}

/** A file is cheap to read, so that a changed one is seen soon; what stands in the settings never changes. */
function keySetTimes(jwks: JwtIssuerSettings['jwks'], settings: KeySetSettings): KeySetTimes {
  if (typeof jwks !== 'string') {
    const never = Number.POSITIVE_INFINITY;
    return { ...settings, refreshMs: never, cooldownMs: never, staleMs: never };
  }
  if (!jwks.startsWith('file:')) return settings;
  return { ...settings, refreshMs: settings.fileRefreshMs, cooldownMs: settings.fileCooldownMs };
}
