import type { DatabaseSync } from 'node:sqlite';
import type { GateRows } from './gate-rows.ts';
import { inTransaction } from './ledger-database.ts';
import type { LedgerEntry, ShardRole } from './ledger-entry.ts';
import type { ShardLog } from './shard-log.ts';

/** A write as it reaches the primary's copy; its fields were checked where they entered. */
export interface LedgerWrite {
  readonly shard: string;
  /** The shard's epoch as the gateway's guard admitted it. */
  readonly epoch: number;
  readonly unit: string;
  readonly cell: string;
  readonly account: string;
  readonly id: string;
  readonly amount: number;
}

export type TakeResult =
  | { readonly kind: 'taken'; readonly entry: LedgerEntry }
  /** The same id and amount were taken before: the first entry, nothing written. */
  | { readonly kind: 'repeated'; readonly entry: LedgerEntry }
  | { readonly kind: 'amountDiffers'; readonly entry: LedgerEntry }
  | { readonly kind: 'outOfRange'; readonly balance: number }
  /** Below the fence: nothing was read or written. */
  | { readonly kind: 'staleEpoch'; readonly fence: number }
  /** This copy is not the one that takes writes. */
  | { readonly kind: 'notPromoted'; readonly role: ShardRole };

/**
 * Takes a write into this data center's copy, in one transaction: look for the id, add to the balance, append to the
 * shard's log. `wallMs` is kept with the entry for people. Throws when the disk fails; then nothing was written.
 */
export function takeEntry(
  database: DatabaseSync,
  log: ShardLog,
  gates: GateRows,
  write: LedgerWrite,
  wallMs: number,
): TakeResult {
  return inTransaction(database, () => {
    // Read first, under the write lock: here `write.epoch` meets the fence, so that raising a fence waits for the
    // transactions in flight. A repeat is refused too: whether the entry survives is for the newer owner to say.
    const head = log.state(write.shard);
    const fence = Math.max(gates.kept(write.shard)?.epoch ?? 0, head.lineage);
    if (write.epoch < fence) return { kind: 'staleEpoch', fence };
    if (head.role !== 'primary') return { kind: 'notPromoted', role: head.role };
    const first = log.entryById(write.shard, write.account, write.id);
    if (first !== null) return { kind: first.amount === write.amount ? 'repeated' : 'amountDiffers', entry: first };
    const account = log.account(write.shard, write.account);
    const balance = account.balance + write.amount;
    if (!Number.isSafeInteger(balance)) return { kind: 'outOfRange', balance: account.balance };
    const entry: LedgerEntry = {
      shard: write.shard,
      offset: head.offset + 1,
      lineage: head.lineage,
      epoch: write.epoch,
      account: write.account,
      id: write.id,
      amount: write.amount,
      balance,
      cell: write.cell,
      takenAt: Math.trunc(wallMs),
    };
    log.append(entry, account.entries + 1, { ...head, unit: write.unit, leader: '' });
    gates.owned(entry);
    return { kind: 'taken', entry };
  });
}
