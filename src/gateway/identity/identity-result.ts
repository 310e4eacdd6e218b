import type { ErrorCode } from '../../errors.ts';

/** What a request says about its user. No `detail` ever holds a user ID, a token or a session. */
export type IdentityResult =
  /** `source` is the first source in the route's order that named the user: `cookie uid`, `jwt sub`, … */
  | { readonly kind: 'found'; readonly userId: string; readonly source: string }
  /** `detail` says what was there but did not count, or is null. */
  | { readonly kind: 'missing'; readonly detail: string | null }
  | { readonly kind: 'invalid'; readonly code: ErrorCode; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string };

/** What one source, or several of them together, say. */
export type SourceOutcome = IdentityResult;

export const MISSING: IdentityResult = Object.freeze({ kind: 'missing', detail: null });

export const invalid = (code: ErrorCode, detail: string): IdentityResult => ({ kind: 'invalid', code, detail });

export const unavailable = (detail: string): IdentityResult => ({ kind: 'unavailable', detail });

/**
 * Puts the outcomes of a route's sources, in the route's order, into one result. In this order: an invalid source (first
 * one wins), two different users, one user, a source that could not be asked, nothing. So a user that one source named
 * stands even if another could not be asked: each source of a route is trusted by itself.
 */
export function combineOutcomes(outcomes: readonly SourceOutcome[]): IdentityResult {
  let found: (IdentityResult & { kind: 'found' }) | null = null;
  let other: (IdentityResult & { kind: 'found' }) | null = null;
  let unasked: IdentityResult | null = null;
  let missing: IdentityResult = MISSING;
  for (const outcome of outcomes) {
    if (outcome.kind === 'invalid') return outcome;
    if (outcome.kind === 'unavailable') unasked ??= outcome;
    else if (outcome.kind === 'missing') missing = missing === MISSING ? outcome : missing;
    else if (found === null) found = outcome;
    else if (outcome.userId !== found.userId) other ??= outcome;
  }
  if (found === null) return unasked ?? missing;
  if (other === null) return found;
  return invalid('USER_ID_CONFLICT', `${found.source} and ${other.source} name different users`);
}
