import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CodedError } from '../../errors.ts';
import type { StoreCondition, StoreEntry, StoreSnapshot, StoreWrite, TransactionResult } from '../coord-store.ts';
import type { WorkerOptions } from './worker-message.ts';

/** The port's three operations as SQL. Every method is one SQLite transaction and throws what SQLite throws. */
export class SqliteEntries {
  readonly #database: DatabaseSync;
  readonly #options: WorkerOptions;
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(database: DatabaseSync, options: WorkerOptions) {
    this.#database = database;
    this.#options = options;
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared);
  }

  revision(): number {
    return Number(this.#statements.revision.get()?.revision);
  }

  read(keys: readonly string[]): StoreSnapshot {
    return this.#within('BEGIN', () => {
      const revision = this.revision();
      const entries = this.#named(keys);
      return { entries, revision: String(revision) };
    });
  }

  snapshot(prefix: string): StoreSnapshot {
    return this.#within('BEGIN', () => {
      const from = this.#options.keyPrefix + prefix;
      // 0xff is above every byte of UTF-8, so this is the first text after all that begin with the prefix.
      const end = Buffer.concat([Buffer.from(from), Buffer.of(0xff)]);
      const entries: StoreEntry[] = [];
      let bytes = 0;
      for (const row of this.#statements.range.iterate(from, end)) {
        bytes += Number(row.bytes);
        if (bytes > this.#options.snapshotBytes) throw tooLarge(prefix, this.#options.snapshotBytes);
        entries.push(this.#entry(row));
      }
      return { entries, revision: String(this.revision()) };
    });
  }

  /**
   * `maySettle` is asked when all is written but not committed; if it says no, nothing is, and `undefined` is returned.
   * A COMMIT that fails may have reached the disk: STORE_AMBIGUOUS.
   */
  transact(
    conditions: readonly StoreCondition[],
    writes: readonly StoreWrite[],
    maySettle: () => boolean,
  ): TransactionResult | undefined {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const entries = this.#named(conditions.map((condition) => condition.key));
      if (!conditions.every((condition) => holds(condition, entries))) return { kind: 'conflict', entries };
      const revision = this.#write(writes);
      if (!maySettle()) return undefined;
      this.#commit();
      return { kind: 'committed', revision: String(revision) };
    } finally {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    }
  }

  /** Keys that changed after `revision`; undefined if the log begins later, or names more than a hint may. */
  changedSince(revision: number): readonly string[] | undefined {
    return this.#within('BEGIN', () => {
      const oldest = this.#statements.oldestChange.get()?.oldest;
      if (typeof oldest !== 'number' || oldest > revision + 1) return undefined;
      const rows = this.#statements.changes.all(revision, this.#options.maxHintKeys + 1);
      if (rows.length > this.#options.maxHintKeys) return undefined;
      const mine = rows.map((row) => String(row.key)).filter((key) => key.startsWith(this.#options.keyPrefix));
      return mine.map((key) => key.slice(this.#options.keyPrefix.length));
    });
  }

  #write(writes: readonly StoreWrite[]): number {
    const before = this.revision();
    if (writes.length === 0) return before;
    const revision = before + 1;
    for (const { key, value } of writes) {
      const full = this.#options.keyPrefix + key;
      if (value === null) this.#statements.remove.run(full);
      else this.#statements.put.run(full, value, revision);
      this.#statements.logChange.run(revision, full);
    }
    this.#statements.trimChanges.run(revision - this.#options.changeLogLength);
    this.#statements.setRevision.run(revision);
    return revision;
  }

  #commit(): void {
    try {
      this.#database.exec('COMMIT');
    } catch (error) {
      const seen = error instanceof Error ? error.message : String(error);
      throw new CodedError('STORE_AMBIGUOUS', `${this.#options.file}: COMMIT failed: ${seen}`, { cause: error });
    }
  }

  #within<T>(begin: string, body: () => T): T {
    this.#database.exec(begin);
    try {
      return body();
    } finally {
      // Only readers come here: there is nothing to keep.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    }
  }

  #named(keys: readonly string[]): StoreEntry[] {
    const rows = [...new Set(keys)].map((key) => this.#statements.named.get(this.#options.keyPrefix + key));
    const entries = rows.filter((row) => row !== undefined).map((row) => this.#entry(row));
    return entries.sort((left, right) => Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)));
  }

  #entry(row: Record<string, unknown>): StoreEntry {
    return {
      key: String(row.key).slice(this.#options.keyPrefix.length),
      value: String(row.value),
      version: String(row.version),
    };
  }
}

const SQL = {
  revision: 'SELECT revision FROM state',
  setRevision: 'UPDATE state SET revision = ?',
  named: 'SELECT key, value, version FROM entries WHERE key = ?',
  range: `SELECT key, value, version, octet_length(key) + octet_length(value) AS bytes
    FROM entries WHERE key >= ?1 AND key < CAST(?2 AS TEXT) ORDER BY key`,
  put: `INSERT INTO entries (key, value, version) VALUES (?1, ?2, ?3)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version`,
  remove: 'DELETE FROM entries WHERE key = ?',
  logChange: 'INSERT INTO changes (revision, key) VALUES (?, ?)',
  trimChanges: 'DELETE FROM changes WHERE revision <= ?',
  oldestChange: 'SELECT min(revision) AS oldest FROM changes',
  changes: 'SELECT DISTINCT key FROM changes WHERE revision > ?1 LIMIT ?2',
} as const;

const holds = ({ key, version }: StoreCondition, entries: readonly StoreEntry[]): boolean =>
  (entries.find((entry) => entry.key === key)?.version ?? null) === version;

const tooLarge = (prefix: string, limit: number): CodedError =>
  new CodedError(
    'STORE_TOO_LARGE',
    `the keys under ${JSON.stringify(prefix)} hold more than ${limit} bytes (settings.snapshotBytes)`,
  );
