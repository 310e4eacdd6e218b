import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Version of the tables below; a directory with another one is refused. */
export const LEDGER_FORMAT = '2';

/** How long a start waits, in milliseconds, for another process that is just ending to let go of the file. */
const LOCK_WAIT_MS = 5_000;

/**
 * `process`: an acknowledged entry survives the death of the process (the operating system has it). `machine`: it also
 * survives a power cut (one fsync per entry).
 */
export type Durability = 'process' | 'machine';

/** The rows of `shards` and `gates` are read inside every write transaction: they are the fence of the data gate. */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS shards (
  shard TEXT PRIMARY KEY, lineage INTEGER NOT NULL, "offset" INTEGER NOT NULL, unit TEXT NOT NULL, role TEXT NOT NULL,
  leader TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS entries (
  shard TEXT NOT NULL, "offset" INTEGER NOT NULL, lineage INTEGER NOT NULL, epoch INTEGER NOT NULL,
  account TEXT NOT NULL, id TEXT NOT NULL, amount INTEGER NOT NULL, balance INTEGER NOT NULL,
  cell TEXT NOT NULL, takenAt INTEGER NOT NULL,
  PRIMARY KEY (shard, "offset")
) WITHOUT ROWID, STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS entries_by_id ON entries (shard, account, id);
CREATE TABLE IF NOT EXISTS accounts (
  shard TEXT NOT NULL, account TEXT NOT NULL, balance INTEGER NOT NULL, entries INTEGER NOT NULL,
  PRIMARY KEY (shard, account)
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS gates (
  shard TEXT PRIMARY KEY, incarnation TEXT NOT NULL, epoch INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS aside (
  shard TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL, amount INTEGER NOT NULL,
  lineage INTEGER NOT NULL, "offset" INTEGER NOT NULL, epoch INTEGER NOT NULL, cell TEXT NOT NULL,
  takenAt INTEGER NOT NULL, setAsideEpoch INTEGER NOT NULL, verdict TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (shard, account, id, amount)
) WITHOUT ROWID, STRICT;
`;

/**
 * Opens (or makes) the ledger of one data center in its directory. The process holds the file alone: two processes on one
 * directory would each believe that they have the whole log. Throws with the directory's name and the reason.
 */
export function openLedgerDatabase(
  directory: string,
  dataCenter: string,
  durability: Durability,
  lockWaitMs = LOCK_WAIT_MS,
): DatabaseSync {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'ledger.sqlite');
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: lockWaitMs });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;');
    database.exec(`PRAGMA synchronous = ${durability === 'machine' ? 'FULL' : 'NORMAL'};`);
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    migrate(database);
    claimDirectory(database, dataCenter);
    return database;
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    const hint = /locked/.test(reason) ? ' (another process of this data center still runs on it)' : '';
    throw new Error(`ledger ${file}: ${reason}${hint}`, { cause: error });
  }
}

/** Format 1 had no data gate: its shards were born where they are, at lineage 0. */
function migrate(database: DatabaseSync): void {
  const format = database.prepare("SELECT value FROM about WHERE name = 'format'").get();
  if (format?.value !== '1') return;
  inTransaction(database, () => {
    database.exec("ALTER TABLE shards ADD COLUMN leader TEXT NOT NULL DEFAULT ''");
    database.exec(`UPDATE about SET value = '${LEDGER_FORMAT}' WHERE name = 'format'`);
  });
}

function claimDirectory(database: DatabaseSync, dataCenter: string): void {
  const write = database.prepare('INSERT OR IGNORE INTO about (name, value) VALUES (?, ?)');
  write.run('format', LEDGER_FORMAT);
  write.run('dataCenter', dataCenter);
  const rows = database.prepare('SELECT name, value FROM about').all();
  const about = new Map(rows.map((row) => [String(row.name), String(row.value)]));
  if (about.get('format') !== LEDGER_FORMAT)
    throw new Error(`its format is ${about.get('format')}, this program reads ${LEDGER_FORMAT}`);
  if (about.get('dataCenter') !== dataCenter)
    throw new Error(`it belongs to data center ${about.get('dataCenter')}, not to ${dataCenter}`);
}

/**
 * One write transaction that is on the disk when it returns, whatever the setting for entries is: what a gate has answered
 * must survive a power cut too.
 */
export function inDurableTransaction<T>(database: DatabaseSync, work: () => T): T {
  const before = Number(database.prepare('PRAGMA synchronous').get()?.synchronous ?? 2);
  database.exec('PRAGMA synchronous = FULL');
  try {
    return inTransaction(database, work);
  } finally {
    database.exec(`PRAGMA synchronous = ${before}`);
  }
}

/** Runs `work` in one write transaction: all of it happens or nothing. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
