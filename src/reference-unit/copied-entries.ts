import type { DatabaseSync } from 'node:sqlite';
import type { GateRows } from './gate-rows.ts';
import { inTransaction } from './ledger-database.ts';
import { type EntryMark, type LedgerEntry, markOf, type Position, type ShardHead, sameMark } from './ledger-entry.ts';
import type { ShardLog } from './shard-log.ts';

/** Entries of one shard as one copy sends them to another. */
export interface ShardBatch {
  readonly shard: string;
  readonly unit: string;
  /** Lineage of the sender's copy: the epoch of the promotion that made it (or its primary) the one that takes writes. */
  readonly lineage: number;
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
  | { readonly kind: 'diverged'; readonly position: Position }
  /** This copy knows a later promotion than the sender's (`position.lineage`): nothing was written. */
  | { readonly kind: 'outdated'; readonly position: Position };

/** `copy`: entries of the primary `from`. `takeBack`: entries that this primary lost and `from` still has. */
export interface ApplyMode {
  readonly kind: 'copy' | 'takeBack';
  readonly from: string;
}

export interface CopyTables {
  readonly database: DatabaseSync;
  readonly log: ShardLog;
  readonly gates: GateRows;
}

/**
 * Adds entries that another copy took, all batches in one transaction, as Raft's log matching does it (Ongaro 2014, §3.5):
 * only onto an equal log, and only from a lineage that is not below this copy's. Entries that are here already are compared
 * and skipped, so a batch may come twice.
 */
export function applyBatches(tables: CopyTables, batches: readonly ShardBatch[], mode: ApplyMode): ApplyResult[] {
  return inTransaction(tables.database, () => batches.map((batch) => applyBatch(tables, batch, mode)));
}

function applyBatch({ log, gates }: CopyTables, batch: ShardBatch, mode: ApplyMode): ApplyResult {
  const head = log.state(batch.shard);
  const position: Position = { lineage: head.lineage, offset: head.offset };
  const refusal = refusalOf(log, head, batch, mode);
  if (refusal !== null) return { kind: refusal, position };
  const fresh = batch.entries.filter((entry) => entry.offset > head.offset);
  if (!matches(log, batch, head) || !continues(log, fresh, head.offset, batch.lineage)) {
    // A later owner's log is another one: what we hold may be more than it has, so we are no target until `follow`.
    if (mode.kind === 'copy' && batch.lineage > head.lineage) log.save({ ...head, role: 'stale' });
    return { kind: 'diverged', position };
  }
  const leader = mode.kind === 'copy' ? mode.from : '';
  const after = { lineage: batch.lineage, unit: batch.unit, role: head.role, leader };
  for (const entry of fresh) {
    log.append(entry, log.account(entry.shard, entry.account).entries + 1, after);
    gates.owned(entry);
  }
  const offset = head.offset + fresh.length;
  const isNew = head.lineage !== batch.lineage || head.leader !== leader;
  if (fresh.length === 0 && isNew) log.save({ ...head, ...after, offset });
  return { kind: 'applied', position: { lineage: batch.lineage, offset } };
}

/** What this copy's role and lineage refuse; null: the logs have to be compared. */
function refusalOf(
  log: ShardLog,
  head: ShardHead,
  batch: ShardBatch,
  { kind }: ApplyMode,
): 'gap' | 'diverged' | 'outdated' | null {
  if (batch.lineage < head.lineage) return 'outdated';
  const isOvertaken = head.role === 'primary' && batch.lineage > head.lineage;
  // Somebody was promoted after us: whatever we were told, we are no primary any more.
  if (isOvertaken) log.save({ ...head, role: 'stale' });
  const expected = kind === 'copy' ? 'copy' : 'primary';
  if (isOvertaken || head.role !== expected) return 'diverged';
  // A copy that adopts a later lineage must not reach beyond what was compared: the sender has to look at its end.
  const isBeyond = batch.lineage > head.lineage && head.offset > batch.after + batch.entries.length;
  return batch.after > head.offset || isBeyond ? 'gap' : null;
}

/** Whether our log and the batch agree wherever both have entries. */
function matches(log: ShardLog, batch: ShardBatch, head: ShardHead): boolean {
  if (!sameMark(markOf(log.entryAt(batch.shard, batch.after)), batch.mark)) return false;
  const present = batch.entries.filter((entry) => entry.offset <= head.offset);
  return present.every((entry) => sameMark(markOf(log.entryAt(batch.shard, entry.offset)), markOf(entry)));
}

/** Offsets without a gap, lineages that never fall, no id twice, and books that add up: checked before anything is written. */
function continues(log: ShardLog, entries: readonly LedgerEntry[], from: number, highest: number): boolean {
  const balances = new Map<string, number>();
  const ids = new Set<string>();
  let offset = from;
  let lineage = entries[0] === undefined ? 0 : (log.entryAt(entries[0].shard, from)?.lineage ?? 0);
  for (const entry of entries) {
    const before = balances.get(entry.account) ?? log.account(entry.shard, entry.account).balance;
    // One alone repeats none.
    const key = entries.length === 1 ? '' : JSON.stringify([entry.account, entry.id]);
    if (entry.offset !== offset + 1 || entry.lineage < lineage || before + entry.amount !== entry.balance) return false;
    if (entry.lineage > highest) return false;
    if (ids.has(key) || log.entryById(entry.shard, entry.account, entry.id) !== null) return false;
    ids.add(key);
    balances.set(entry.account, entry.balance);
    ({ lineage, offset } = entry);
  }
  return true;
}
