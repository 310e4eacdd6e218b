/** All that identification counts; a bounded set, so that each can be a metric's label. */
export const IDENTITY_EVENTS = [
  /** An identity header of a peer that is no trusted proxy: it was treated as absent. */
  'header-untrusted',
  /** A Bearer token that is no JWT, or one of an issuer that the route does not name: left to the application. */
  'token-foreign',
  'token-cached',
  'token-verified',
  'token-refused',
  'token-unavailable',
  'keys-fetched',
  'keys-fetch-failed',
  'keys-stale',
  'session-cached',
  'session-looked-up',
  'session-joined',
  'session-stale',
  'session-unavailable',
  /** A user was found although another source of the route could not be asked. */
  'found-despite-unavailable',
  /** The route's timeouts.identityMs ran out. */
  'timeout',
] as const;

export type IdentityEvent = (typeof IDENTITY_EVENTS)[number];

/** Where identification counts what it saw; called on the hot path, must not throw. */
export type CountIdentityEvent = (event: IdentityEvent) => void;
