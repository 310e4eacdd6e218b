/**
 * One entry of a shard's log. The log of a shard is append-only: offsets are 1, 2, 3, … without a gap, and `lineage` is the
 * epoch of the promotion under which the entry was taken (0: before any promotion).
 */
export interface LedgerEntry {
  readonly shard: string;
  readonly offset: number;
  readonly lineage: number;
  /** The shard's epoch as the gateway claimed it when the entry was taken. */
  readonly epoch: number;
  /** User of an R shard; empty for the one account of the shard `G`. */
  readonly account: string;
  /** Unique per shard and account: what makes a write safe to repeat. */
  readonly id: string;
  readonly amount: number;
  /** Balance of the account after this entry. */
  readonly balance: number;
  /** Cell that received the request; part of the first answer, which a repeat gets again. */
  readonly cell: string;
  /** Wall-clock ms since 1970 when it was taken; for people and for the lag, never for a decision. */
  readonly takenAt: number;
}

/** How far a copy of a shard has come; comparable only within one lineage. */
export interface Position {
  readonly lineage: number;
  readonly offset: number;
}

/**
 * `primary`: takes writes. `copy`: takes entries of the primary. `stale`: was primary, or holds entries that the owner may
 * not have; takes neither until the data gate made it follow.
 */
export type ShardRole = 'primary' | 'copy' | 'stale';

/** What stands in a shard's row; its lineage is that of the primary it follows, or of its own promotion. */
export interface ShardHead extends Position {
  readonly shard: string;
  /** Unit that owned the shard when its last entry was taken. */
  readonly unit: string;
  readonly role: ShardRole;
  /** Data center whose process sent this copy its entries last; empty: none did. */
  readonly leader: string;
}

/** What an entry must have in common with another copy's to be the same entry. */
export interface EntryMark {
  readonly lineage: number;
  readonly account: string;
  readonly id: string;
}

/** True if both describe the same entry, or both are "no entry". */
export function sameMark(left: EntryMark | null, right: EntryMark | null): boolean {
  if (left === null || right === null) return left === right;
  return left.lineage === right.lineage && left.account === right.account && left.id === right.id;
}

/** The mark of an entry, null for none. */
export function markOf(entry: LedgerEntry | null): EntryMark | null {
  return entry === null ? null : { lineage: entry.lineage, account: entry.account, id: entry.id };
}
