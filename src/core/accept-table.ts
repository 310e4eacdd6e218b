import type { Table } from './table.ts';

export type Acceptance =
  | { readonly kind: 'accepted' }
  /** The same version again: nothing to do. */
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly reason: 'older' | 'foreign' | 'contradicts'; readonly detail: string };

/** The identity of a table; enough to decide whether it may replace another. */
export type TableVersion = Pick<Table, 'incarnation' | 'succeeds' | 'epoch' | 'digest'> & {
  readonly topology: { readonly document: { readonly realm: string } };
};

/**
 * The one place that decides whether a gateway may replace its table. Versions are (incarnation, epoch), never the
 * store's own revision, which a restored backup turns back. A foreign realm or incarnation is never adopted by itself:
 * a re-created store would otherwise hand out epochs that were used before (protocol, "Restoring the store"). An incarnation that
 * says that it succeeds ours came by `ldc store adopt`, and its epochs go on where ours ended.
 */
export function acceptTable(current: TableVersion | null, candidate: TableVersion): Acceptance {
  if (current === null) return { kind: 'accepted' };
  const realm = current.topology.document.realm;
  const candidateRealm = candidate.topology.document.realm;
  if (realm !== candidateRealm) {
    return refuse('foreign', `realm ${JSON.stringify(candidateRealm)}, this gateway serves ${JSON.stringify(realm)}`);
  }
  if (candidate.incarnation !== current.incarnation && !succeeds(candidate, current)) {
    const isPast = succeeds(current, candidate);
    return refuse(
      isPast ? 'older' : 'foreign',
      `incarnation ${candidate.incarnation}, this gateway runs ${current.incarnation}; the store was re-created or restored`,
    );
  }
  if (candidate.epoch < current.epoch) {
    return refuse('older', `epoch ${candidate.epoch}, this gateway runs ${current.epoch}`);
  }
  if (candidate.epoch > current.epoch) return { kind: 'accepted' };
  if (candidate.incarnation === current.incarnation && candidate.digest === current.digest) return { kind: 'same' };
  return refuse('contradicts', `two tables claim epoch ${current.epoch}: ${candidate.digest} and ${current.digest}`);
}

/** Whether a version's incarnation was adopted from another's. */
export function succeeds(
  next: Pick<Table, 'incarnation' | 'succeeds'>,
  before: Pick<Table, 'incarnation' | 'succeeds'>,
): boolean {
  return next.incarnation !== before.incarnation && (next.succeeds ?? []).includes(before.incarnation);
}

function refuse(reason: 'older' | 'foreign' | 'contradicts', detail: string): Acceptance {
  return { kind: 'refused', reason, detail };
}
