import type { IdentitySource } from '../../core/topology-document.ts';
import type { AskLimit } from './ask-limit.ts';
import { HeadPlan } from './head-plan.ts';
import type { CountIdentityEvent } from './identity-events.ts';
import { combineOutcomes, type IdentityResult, MISSING, type SourceOutcome, unavailable } from './identity-result.ts';
import { compilePlainSource } from './plain-source.ts';
import type { RequestHeadView } from './request-head-view.ts';
import type { SessionLookup } from './session-lookup.ts';
import { compileSessionSource } from './session-source.ts';
import type { Ask, SourceReader } from './source-reader.ts';
import { reasonOf } from './time-limit.ts';
import { compileTokenSources, type JwtSource } from './token-source.ts';
import type { TokenVerifier } from './token-verifier.ts';

export interface IdentityContext {
  /** The peer of the connection is in `trust.proxies`; see TrustedProxies. */
  readonly peerIsTrusted: boolean;
}

/** Tells who a request's user is, for one route. */
export interface Identifier {
  /**
   * Looks at all of the route's sources. Answers at once, without a promise, unless a token has to be verified or a
   * session looked up that is not remembered. Never throws, never rejects; ends within the route's timeouts.identityMs.
   */
  identify(head: RequestHeadView, context: IdentityContext): IdentityResult | Promise<IdentityResult>;
}

/** What an identifier is made of besides the route's sources; shared by all routes. */
export interface IdentifierParts {
  readonly identityHeaders: 'trusted' | 'any';
  readonly limit: AskLimit;
  readonly count: CountIdentityEvent;
  /** Knows no issuer: JWT sources are always absent. */
  readonly verifier: TokenVerifier;
  /** Null: no session store is configured, session sources are always absent. */
  readonly sessions: SessionLookup | null;
}

/** Compiles a route's sources; done once for each table, not for each request. */
export function compileIdentifier(sources: readonly IdentitySource[], parts: IdentifierParts): Identifier {
  const plan = new HeadPlan();
  const readers = compileReaders(sources, plan, parts);
  if (readers.length === 0) return { identify: () => MISSING };
  const scan = plan.compile();
  return {
    identify(head, { peerIsTrusted }) {
      const scanned = scan(head, peerIsTrusted);
      const outcomes: SourceOutcome[] = [];
      let asks: [index: number, ask: Ask][] | null = null;
      for (const read of readers) {
        const outcome = read(scanned);
        if (typeof outcome === 'function') {
          asks ??= [];
          asks.push([outcomes.length, outcome]);
        }
        outcomes.push(typeof outcome === 'function' ? MISSING : outcome);
      }
      const plain = combineOutcomes(outcomes);
      // What the head alone shows to be wrong needs no look-up; so a bad request cannot load the session store.
      return asks === null || plain.kind === 'invalid' ? plain : askAll(asks, outcomes, parts.count);
    },
  };
}

/** In the order of the sources; the JWT sources of one token stand where the first of them does. */
function compileReaders(sources: readonly IdentitySource[], plan: HeadPlan, parts: IdentifierParts): SourceReader[] {
  const readers: SourceReader[] = [];
  const tokens = Map.groupBy(
    sources.filter((source) => source.type === 'jwt'),
    ({ cookie }) => cookie,
  );
  for (const source of sources) {
    if (source.type === 'jwt') {
      const together: readonly JwtSource[] = tokens.get(source.cookie) ?? [];
      if (together[0] === source) readers.push(compileTokenSources(together, plan, parts.verifier, parts.limit));
    } else if (source.type !== 'session') readers.push(compilePlainSource(source, plan, parts));
    else if (parts.sessions !== null) readers.push(compileSessionSource(source, plan, parts.sessions, parts.limit));
  }
  return readers;
}

function askAll(
  asks: readonly (readonly [index: number, ask: Ask])[],
  outcomes: SourceOutcome[],
  count: CountIdentityEvent,
): IdentityResult | Promise<IdentityResult> {
  const pending: Promise<void>[] = [];
  for (const [index, ask] of asks) {
    const outcome = ask();
    if (outcome instanceof Promise) pending.push(settleInto(outcomes, index, outcome));
    else outcomes[index] = outcome;
  }
  if (pending.length === 0) return concluded(outcomes, count);
  return Promise.all(pending).then(() => concluded(outcomes, count));
}

async function settleInto(outcomes: SourceOutcome[], index: number, outcome: Promise<SourceOutcome>): Promise<void> {
  try {
    outcomes[index] = await outcome;
  } catch (error) {
    outcomes[index] = unavailable(`a bug in the gateway's identification: ${reasonOf(error)}`);
  }
}

function concluded(outcomes: readonly SourceOutcome[], count: CountIdentityEvent): IdentityResult {
  const result = combineOutcomes(outcomes);
  if (result.kind === 'found' && outcomes.some(({ kind }) => kind === 'unavailable'))
    count('found-despite-unavailable');
  return result;
}
