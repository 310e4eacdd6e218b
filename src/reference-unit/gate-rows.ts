import type { DatabaseSync } from 'node:sqlite';
import type { LedgerEntry } from './ledger-entry.ts';

/** The highest version that this gate ever accepted for a shard; its epoch is the fence of every write. */
export interface KeptVersion {
  readonly incarnation: string;
  readonly epoch: number;
}

/** An entry that `follow` took out of the log because the owner did not have it. */
export interface AsideEntry {
  readonly shard: string;
  readonly account: string;
  readonly id: string;
  readonly amount: number;
  readonly lineage: number;
  readonly offset: number;
  readonly epoch: number;
  readonly cell: string;
  readonly takenAt: number;
  /** Epoch of the `follow` that set it aside. */
  readonly setAsideEpoch: number;
  /** Why it could not be submitted again; empty: nobody tried, or it may be tried again. */
  readonly verdict: string;
}

const ASIDE = 'shard, account, id, amount, lineage, "offset", epoch, cell, takenAt, setAsideEpoch, verdict';

/** The tables of the data gate; whoever changes them holds a transaction. */
export class GateRows {
  readonly #statements;

  constructor(database: DatabaseSync) {
    this.#statements = {
      kept: database.prepare('SELECT incarnation, epoch FROM gates WHERE shard = ?'),
      keep: database.prepare('INSERT OR REPLACE INTO gates (shard, incarnation, epoch) VALUES (?, ?, ?)'),
      setAside: database.prepare(
        `INSERT OR REPLACE INTO aside (${ASIDE})
         SELECT shard, account, id, amount, lineage, "offset", epoch, cell, takenAt, ?, '' FROM entries
         WHERE shard = ? AND "offset" > ?`,
      ),
      accounts: database.prepare('SELECT DISTINCT account FROM entries WHERE shard = ? AND "offset" > ?'),
      truncate: database.prepare('DELETE FROM entries WHERE shard = ? AND "offset" > ?'),
      dropAccount: database.prepare('DELETE FROM accounts WHERE shard = ? AND account = ?'),
      rebuildAccount: database.prepare(
        `INSERT INTO accounts (shard, account, balance, entries)
         SELECT shard, account, (
           SELECT balance FROM entries AS last WHERE last.shard = ?1 AND last.account = ?2 ORDER BY "offset" DESC LIMIT 1
         ), COUNT(*) FROM entries WHERE shard = ?1 AND account = ?2 GROUP BY shard, account`,
      ),
      aside: database.prepare(
        `SELECT ${ASIDE} FROM aside WHERE (?1 = '' OR shard = ?1) ORDER BY verdict <> '', shard, lineage, "offset" LIMIT ?2`,
      ),
      asideCount: database.prepare('SELECT COUNT(*) AS count FROM aside'),
      drop: database.prepare('DELETE FROM aside WHERE shard = ? AND account = ? AND id = ? AND amount = ?'),
      judge: database.prepare('UPDATE aside SET verdict = ? WHERE shard = ? AND account = ? AND id = ? AND amount = ?'),
    };
  }

  kept(shard: string): KeptVersion | null {
    const row = this.#statements.kept.get(shard);
    return row === undefined ? null : { incarnation: String(row.incarnation), epoch: Number(row.epoch) };
  }

  keep(shard: string, incarnation: string, epoch: number): void {
    this.#statements.keep.run(shard, incarnation, epoch);
  }

  /** Moves the entries after `common` out of the log, and makes the accounts anew; returns how many they were. */
  setAside(shard: string, common: number, epoch: number): number {
    const accounts = this.#statements.accounts.all(shard, common).map((row) => String(row.account));
    if (accounts.length === 0) return 0;
    this.#statements.setAside.run(epoch, shard, common);
    const { changes } = this.#statements.truncate.run(shard, common);
    for (const account of accounts) {
      this.#statements.dropAccount.run(shard, account);
      this.#statements.rebuildAccount.run(shard, account);
    }
    return Number(changes);
  }

  /** The owner has this entry: what was set aside under its key is no longer missing. */
  owned({ shard, account, id, amount }: Pick<LedgerEntry, 'shard' | 'account' | 'id' | 'amount'>): void {
    this.#statements.drop.run(shard, account, id, amount);
  }

  judge({ shard, account, id, amount }: AsideEntry, verdict: string): void {
    this.#statements.judge.run(verdict, shard, account, id, amount);
  }

  /** In the order in which they were taken; `shard` null: of all shards. */
  aside(shard: string | null, limit: number): AsideEntry[] {
    return this.#statements.aside.all(shard ?? '', limit).map((row) => ({
      shard: String(row.shard),
      account: String(row.account),
      id: String(row.id),
      amount: Number(row.amount),
      lineage: Number(row.lineage),
      offset: Number(row.offset),
      epoch: Number(row.epoch),
      cell: String(row.cell),
      takenAt: Number(row.takenAt),
      setAsideEpoch: Number(row.setAsideEpoch),
      verdict: String(row.verdict),
    }));
  }

  asideCount(): number {
    return Number(this.#statements.asideCount.get()?.count ?? 0);
  }
}
