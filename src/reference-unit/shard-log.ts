import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { LedgerEntry, ShardHead, ShardRole } from './ledger-entry.ts';

export interface Account {
  readonly balance: number;
  readonly entries: number;
}

const ROLES: readonly ShardRole[] = ['primary', 'copy', 'stale'];

type Row = Record<string, SQLOutputValue>;

const COLUMNS = 'shard, "offset", lineage, epoch, account, id, amount, balance, cell, takenAt';

/** The tables of one data center's ledger, by name of what is asked; whoever changes them holds a transaction. */
export class ShardLog {
  readonly #statements;
  readonly #isBornHere: (shard: string) => boolean;

  /** `isBornHere`: whether a shard without a row takes its first writes in this copy (lineage 0): at its home only. */
  constructor(database: DatabaseSync, isBornHere: (shard: string) => boolean = () => true) {
    this.#isBornHere = isBornHere;
    this.#statements = {
      head: database.prepare('SELECT * FROM shards WHERE shard = ?'),
      heads: database.prepare('SELECT * FROM shards ORDER BY shard'),
      byOffset: database.prepare(`SELECT ${COLUMNS} FROM entries WHERE shard = ? AND "offset" = ?`),
      byId: database.prepare(`SELECT ${COLUMNS} FROM entries WHERE shard = ? AND account = ? AND id = ?`),
      after: database.prepare(
        `SELECT ${COLUMNS} FROM entries WHERE shard = ? AND "offset" > ? AND "offset" <= ? ORDER BY "offset" LIMIT ?`,
      ),
      account: database.prepare('SELECT balance, entries FROM accounts WHERE shard = ? AND account = ?'),
      insert: database.prepare(`INSERT INTO entries (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
      saveHead: database.prepare(
        'INSERT OR REPLACE INTO shards (shard, lineage, "offset", unit, role, leader) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      saveAccount: database.prepare(
        'INSERT OR REPLACE INTO accounts (shard, account, balance, entries) VALUES (?, ?, ?, ?)',
      ),
    };
  }

  /** The shard's row, null if this copy never had an entry of it. */
  head(shard: string): ShardHead | null {
    const row = this.#statements.head.get(shard);
    return row === undefined ? null : headOf(row);
  }

  /** The shard's row, or what it would be: a shard that nothing ever touched is primary at its home, a copy elsewhere. */
  state(shard: string): ShardHead {
    const role: ShardRole = this.#isBornHere(shard) ? 'primary' : 'copy';
    return this.head(shard) ?? { shard, lineage: 0, offset: 0, unit: '', role, leader: '' };
  }

  /** Writes the shard's row. Inside a transaction only. */
  save({ shard, lineage, offset, unit, role, leader }: ShardHead): void {
    this.#statements.saveHead.run(shard, lineage, offset, unit, role, leader);
  }

  heads(): ShardHead[] {
    return this.#statements.heads.all().map(headOf);
  }

  entryAt(shard: string, offset: number): LedgerEntry | null {
    return entryOrNull(this.#statements.byOffset.get(shard, offset));
  }

  entryById(shard: string, account: string, id: string): LedgerEntry | null {
    return entryOrNull(this.#statements.byId.get(shard, account, id));
  }

  /** Entries with `after` < offset ≤ `upTo`, in order, at most `limit`. */
  entriesAfter(shard: string, after: number, upTo: number, limit: number): LedgerEntry[] {
    return this.#statements.after.all(shard, after, upTo, limit).map(entryOf);
  }

  account(shard: string, account: string): Account {
    const row = this.#statements.account.get(shard, account);
    return row === undefined
      ? { balance: 0, entries: 0 }
      : { balance: Number(row.balance), entries: Number(row.entries) };
  }

  /** Adds the entry, and moves the account and the shard's row with it. Inside a transaction only. */
  append(entry: LedgerEntry, entriesOfAccount: number, head: Omit<ShardHead, 'shard' | 'offset'>): void {
    const { shard, offset, lineage, epoch, account, id, amount, balance, cell, takenAt } = entry;
    this.#statements.insert.run(shard, offset, lineage, epoch, account, id, amount, balance, cell, takenAt);
    this.#statements.saveAccount.run(shard, account, balance, entriesOfAccount);
    this.save({ ...head, shard, offset });
  }
}

function headOf(row: Row): ShardHead {
  return {
    shard: String(row.shard),
    lineage: Number(row.lineage),
    offset: Number(row.offset),
    unit: String(row.unit),
    role: ROLES.find((role) => role === row.role) ?? 'stale',
    leader: String(row.leader),
  };
}

function entryOf(row: Row): LedgerEntry {
  return {
    shard: String(row.shard),
    offset: Number(row.offset),
    lineage: Number(row.lineage),
    epoch: Number(row.epoch),
    account: String(row.account),
    id: String(row.id),
    amount: Number(row.amount),
    balance: Number(row.balance),
    cell: String(row.cell),
    takenAt: Number(row.takenAt),
  };
}

function entryOrNull(row: Row | undefined): LedgerEntry | null {
  return row === undefined ? null : entryOf(row);
}
