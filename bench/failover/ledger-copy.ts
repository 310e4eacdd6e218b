import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface CopiedEntry {
  readonly offset: number;
  readonly lineage: number;
  readonly amount: number;
  readonly balance: number;
}

/** One data center's ledger as its file has it. */
export interface LedgerCopy {
  readonly dataCenter: string;
  /** By `entryKey`. */
  readonly entries: ReadonlyMap<string, CopiedEntry>;
  /** What the accounts themselves say, by `accountKey`. */
  readonly accounts: ReadonlyMap<string, { readonly balance: number; readonly entries: number }>;
}

export function accountKey(shard: string, account: string): string {
  return `${shard}/${account}`;
}

export function entryKey(shard: string, account: string, id: string): string {
  return `${accountKey(shard, account)}/${id}`;
}

type Row = Record<string, string | number>;

/** A process that ends may still write its log back into the file. */
const LOCK_MS = 10_000;

/** Reads the file in the directory of a data center whose process has ended. */
export function readLedger(directory: string, dataCenter: string): LedgerCopy {
  const database = new DatabaseSync(join(directory, 'ledger.sqlite'), { timeout: LOCK_MS });
  try {
    const entryRows = database.prepare('SELECT * FROM entries').all() as Row[];
    const accountRows = database.prepare('SELECT * FROM accounts').all() as Row[];
    return {
      dataCenter,
      entries: new Map(entryRows.map((row) => [keyOf(row), entryOf(row)])),
      accounts: new Map(
        accountRows.map((row) => [
          accountKey(String(row.shard), String(row.account)),
          { balance: Number(row.balance), entries: Number(row.entries) },
        ]),
      ),
    };
  } finally {
    database.close();
  }
}

function keyOf({ shard, account, id }: Row): string {
  return entryKey(String(shard), String(account), String(id));
}

function entryOf({ offset, lineage, amount, balance }: Row): CopiedEntry {
  return { offset: Number(offset), lineage: Number(lineage), amount: Number(amount), balance: Number(balance) };
}
