import type { IdentitySource } from '../../core/topology-document.ts';
import type { AskLimit } from './ask-limit.ts';
import type { HeadPlan } from './head-plan.ts';
import { combineOutcomes, invalid, MISSING, type SourceOutcome, unavailable } from './identity-result.ts';
import { ABSENT, type Occurrence } from './occurrence.ts';
import { bearerToken } from './peek-token.ts';
import { repeated, userIdOutcome } from './plain-source.ts';
import { trimOws } from './scan-headers.ts';
import { sourceLabel } from './source-label.ts';
import type { ScannedHead, SourceReader } from './source-reader.ts';
import type { TokenOutcome, TokenVerifier, VerifiedToken } from './token-verifier.ts';

export type JwtSource = IdentitySource & { readonly type: 'jwt' };

/**
 * Reader of all JWT sources of a route that read the token in one place (`Authorization`, or one cookie), so that a token
 * is verified once. Sources of another issuer than the token's are absent. If the token's issuer is named with several
 * audiences, one of them must be the token's.
 */
export function compileTokenSources(
  sources: readonly JwtSource[],
  plan: HeadPlan,
  verifier: TokenVerifier,
  limit: AskLimit,
): SourceReader {
  const cookie = sources[0]?.cookie ?? null;
  const place = cookie === null ? 'the Bearer token' : `the token in cookie ${cookie}`;
  const index = cookie === null ? plan.header('authorization') : plan.cookie(cookie);
  const accepted = new Set(sources.map((source) => source.issuer));
  const read = cookie === null ? readBearer : readCookie;
  const outcomeOf = (outcome: TokenOutcome) => sourceOutcome(sources, place, outcome);
  return (scanned) => {
    const occurrence = read(scanned, index);
    if (occurrence.value === undefined) return MISSING;
    if (occurrence.count === 2) return repeated(cookie === null ? 'header authorization' : `cookie ${cookie}`);
    const text = occurrence.value;
    if (text === '') return invalid('TOKEN_INVALID', `${place} is empty`);
    return () => {
      const outcome = verifier.verify(text, accepted);
      if (!(outcome instanceof Promise)) return outcomeOf(outcome);
      return limit.apply<TokenOutcome>(outcome, (detail) => ({ kind: 'unavailable', detail })).then(outcomeOf);
    };
  };
}

/** Two Authorization lines count as two whatever their schemes are: the field is not a list (RFC 9110 §11.6.2). */
function readBearer(scanned: ScannedHead, index: number): Occurrence {
  const { count, value } = scanned.headers[index] ?? ABSENT;
  return { count, value: value === undefined || count === 2 ? value : bearerToken(trimOws(value)) };
}

function readCookie(scanned: ScannedHead, index: number): Occurrence {
  return scanned.cookies[index] ?? ABSENT;
}

function sourceOutcome(sources: readonly JwtSource[], place: string, outcome: TokenOutcome): SourceOutcome {
  switch (outcome.kind) {
    case 'foreign':
      return { kind: 'missing', detail: `${place} is not of an issuer that the route names` };
    case 'refused':
      return invalid('TOKEN_INVALID', `${place}: ${outcome.detail}`);
    case 'unavailable':
      return unavailable(`${place}: ${outcome.detail}`);
    case 'verified':
      return claimOutcome(sources, place, outcome.token);
  }
}

function claimOutcome(sources: readonly JwtSource[], place: string, token: VerifiedToken): SourceOutcome {
  const ofIssuer = sources.filter((source) => source.issuer === token.issuer);
  const meant = ofIssuer.filter(({ audience }) => audience === null || token.audiences.includes(audience));
  if (meant.length === 0) {
    const wanted = ofIssuer.map((source) => source.audience).join(', ');
    return invalid('TOKEN_INVALID', `${place} is for another audience than ${wanted}`);
  }
  return combineOutcomes(meant.map((source) => oneClaim(source, token)));
}

/** A number is refused even if it looks right: above 2⁵³ it is another user's by the time it was parsed. */
function oneClaim(source: JwtSource, token: VerifiedToken): SourceOutcome {
  const label = sourceLabel(source);
  if (!Object.hasOwn(token.claims, source.claim))
    return { kind: 'missing', detail: `the token has no claim ${source.claim}` };
  const value = token.claims[source.claim];
  if (typeof value === 'string') return userIdOutcome(label, value);
  return invalid('USER_ID_INVALID', `${label} is a ${value === null ? 'null' : typeof value}, it must be a string`);
}
