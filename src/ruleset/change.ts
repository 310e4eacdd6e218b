export type ChangeKind =
  | 'realm'
  | 'shardRule'
  | 'survive'
  | 'trust'
  | 'cityAdded'
  | 'cityRemoved'
  | 'dataCenterAdded'
  | 'dataCenterRemoved'
  | 'dataCenterMoved'
  | 'home'
  | 'globalHome'
  | 'unitAdded'
  | 'unitRemoved'
  | 'unitKind'
  | 'primary'
  | 'weights'
  | 'capacity'
  | 'remoteTargets'
  | 'storeLost'
  | 'cellAdded'
  | 'cellRemoved'
  | 'cellMoved'
  | 'instances'
  | 'tls'
  | 'health'
  | 'maxConcurrent'
  | 'routeAdded'
  | 'routeRemoved'
  | 'routeChanged'
  | 'routesReordered'
  | 'order';

/** One difference between two topologies. */
export interface Change {
  readonly kind: ChangeKind;
  /** Name of the unit, cell, route, city or data center; of the realm for what belongs to it as a whole. */
  readonly subject: string;
  /** In words, with the share of users where there is one. */
  readonly text: string;
  /** Share of all users that it is about, 0 to 1, by the number of shards; 0 where that cannot be said. */
  readonly userShare: number;
  /** Why it can never be applied to a running table; null if it can. */
  readonly forbidden: string | null;
}

export function change(kind: ChangeKind, subject: string, text: string, userShare = 0): Change {
  return { kind, subject, text, userShare, forbidden: null };
}

export function forbiddenChange(kind: ChangeKind, subject: string, what: string, forbidden: string): Change {
  return { kind, subject, text: `${what}; refused: ${forbidden}`, userShare: 0, forbidden };
}
