import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** An entry as it stands in one data center's copy. */
export interface FiledEntry {
  readonly account: string;
  readonly id: string;
  readonly amount: number;
}

export interface FiledAccount {
  readonly balance: number;
  readonly entries: number;
}

/** One data center's ledger on disk. Its process must have ended: it holds the file alone. Adapter: reads a file. */
export class LedgerFile {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Null: the data center has no ledger (its directory was lost). */
  static open(directory: string): LedgerFile | null {
    const file = join(directory, 'ledger.sqlite');
    return existsSync(file) ? new LedgerFile(new DatabaseSync(file, { timeout: 5_000 })) : null;
  }

  entriesOf(shard: string): readonly FiledEntry[] {
    const rows = this.#database.prepare('SELECT account, id, amount FROM entries WHERE shard = ?').all(shard);
    return rows.map(({ account, id, amount }) => ({
      account: String(account),
      id: String(id),
      amount: Number(amount),
    }));
  }

  /** Null: nobody wrote to it. */
  accountOf(shard: string, account: string): FiledAccount | null {
    const row = this.#database
      .prepare('SELECT balance, entries FROM accounts WHERE shard = ? AND account = ?')
      .get(shard, account);
    return row === undefined ? null : { balance: Number(row.balance), entries: Number(row.entries) };
  }

  close(): void {
    this.#database.close();
  }
}
