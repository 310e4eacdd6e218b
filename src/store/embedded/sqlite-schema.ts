import type { DatabaseSync } from 'node:sqlite';
import { CodedError } from '../../errors.ts';

/** `LDC1` in SQLite's field for the program that a file belongs to. */
const APPLICATION_ID = 0x4c444331;
/** Raised when the tables change; a file of a newer program is refused, never written. */
const FORMAT = 1;

const TABLES = `
  CREATE TABLE state (only INTEGER PRIMARY KEY CHECK (only = 1), revision INTEGER NOT NULL);
  INSERT INTO state VALUES (1, 1);
  CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, version INTEGER NOT NULL);
  CREATE TABLE changes (revision INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (revision, key)) WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

/** Makes an empty file ours, and refuses, untouched, a file of another program (STORE_CORRUPT). May throw busy. */
export function openSchema(database: DatabaseSync, path: string): void {
  if (!isOurs(database, path)) createTables(database, path);
  const mode = pragma(database, 'journal_mode = WAL');
  if (mode !== 'wal') {
    throw new CodedError(
      'STORE_UNAVAILABLE',
      `${path}: SQLite cannot keep a write-ahead log here (journal mode ${mode}); use a local disk`,
    );
  }
  database.exec('PRAGMA synchronous = FULL');
}

function createTables(database: DatabaseSync, path: string): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    // Asked again under the lock: another process may have been first.
    if (!isOurs(database, path)) database.exec(TABLES);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** False for an empty file. */
function isOurs(database: DatabaseSync, path: string): boolean {
  const application = pragma(database, 'application_id');
  const format = pragma(database, 'user_version');
  if (application === APPLICATION_ID) {
    if (format === FORMAT) return true;
    throw new CodedError(
      'STORE_CORRUPT',
      `${path} has format ${format}, this program knows ${FORMAT}: run a program as new as the file`,
    );
  }
  const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get();
  if (application === 0 && tables?.n === 0) return false;
  throw new CodedError('STORE_CORRUPT', `${path} is an SQLite file of another program (application_id ${application})`);
}

const pragma = (database: DatabaseSync, name: string): unknown => {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
};
