import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './ledger-database.ts';
import { type EntryMark, type LedgerEntry, markOf, type Position, type ShardHead, sameMark } from './ledger-entry.ts';
import type { ShardLog } from './shard-log.ts';

/** Entries of one shard as one copy sends them to another. */
export interface ShardBatch {
  readonly shard: string;
  readonly unit: string;
  /** Offset of the entry before the first, and its mark (null at offset 0): how both sides know that their logs match. */
  readonly after: number;
  readonly mark: EntryMark | null;
  readonly entries: readonly LedgerEntry[];
}

export type ApplyResult =
  | { readonly kind: 'applied'; readonly position: Position }
  /** This copy ends before `after`: the sender has to ask where it ends and begin there. */
  | { readonly kind: 'gap'; readonly position: Position }
  /** The logs differ: nothing was written; only the data gate's `follow` may set entries aside. */
  | { readonly kind: 'diverged'; readonly position: Position };

/**
 * Adds entries that another copy took, all batches in one transaction, as Raft's log matching does it (Ongaro 2014, §3.5):
 * only onto an equal log. `role` is what this copy is then: `primary` if it takes its own entries back. Entries that are here already are compared and skipped, so a batch may come twice.
 */
export function applyBatches(
  database: DatabaseSync,
  log: ShardLog,
  batches: readonly ShardBatch[],
  role: ShardHead['role'],
): ApplyResult[] {
  return inTransaction(database, () => batches.map((batch) => applyBatch(log, batch, role)));
}

function applyBatch(log: ShardLog, batch: ShardBatch, role: ShardHead['role']): ApplyResult {
  const head = log.head(batch.shard);
  const position: Position = { lineage: head?.lineage ?? 0, offset: head?.offset ?? 0 };
  if (batch.after > position.offset) return { kind: 'gap', position };
  if (!sameMark(markOf(log.entryAt(batch.shard, batch.after)), batch.mark)) return { kind: 'diverged', position };
  const present = batch.entries.filter((entry) => entry.offset <= position.offset);
  for (const entry of present)
    if (!sameMark(markOf(log.entryAt(batch.shard, entry.offset)), markOf(entry))) return { kind: 'diverged', position };
  const fresh = batch.entries.slice(present.length);
  if (!continues(log, fresh, position)) return { kind: 'diverged', position };
  for (const entry of fresh) log.append(entry, log.account(entry.shard, entry.account).entries + 1, batch.unit, role);
  const last = fresh.at(-1);
  return { kind: 'applied', position: last === undefined ? position : { lineage: last.lineage, offset: last.offset } };
}

/** Offsets without a gap, lineages that never fall, no id twice, and books that add up: checked before anything is written. */
function continues(log: ShardLog, entries: readonly LedgerEntry[], position: Position): boolean {
  const balances = new Map<string, number>();
  const ids = new Set<string>();
  let { lineage, offset } = position;
  for (const entry of entries) {
    const before = balances.get(entry.account) ?? log.account(entry.shard, entry.account).balance;
    const key = JSON.stringify([entry.account, entry.id]);
    if (entry.offset !== offset + 1 || entry.lineage < lineage || before + entry.amount !== entry.balance) return false;
    if (ids.has(key) || log.entryById(entry.shard, entry.account, entry.id) !== null) return false;
    ids.add(key);
    balances.set(entry.account, entry.balance);
    ({ lineage, offset } = entry);
  }
  return true;
}
