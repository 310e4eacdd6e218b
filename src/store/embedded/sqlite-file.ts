import { closeSync, openSync, type Stats, statSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { CodedError } from '../../errors.ts';
import { openSchema } from './sqlite-schema.ts';

/**
 * The open file: one connection, the file's identity, and the sign that other processes look at.
 *
 * WAL lets readers and one writer of several processes work at once; synchronous=FULL syncs the log at each commit, so
 * what was acknowledged survives a crash of the process, the machine and the power (https://www.sqlite.org/wal.html).
 */
export class SqliteFile {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly #identity: Stats;
  #sign: number | undefined;

  /** Throws what SQLite throws (also busy: another process is opening), or a CodedError for a file that is not ours. */
  constructor(path: string) {
    this.path = path;
    // Made here and not by SQLite, so that nobody else can read it; SQLite's own files get the same mode.
    closeSync(openSync(path, 'a', 0o600));
    this.#identity = statSync(path);
    this.database = new DatabaseSync(path, { timeout: 0 });
    try {
      openSchema(this.database, path);
      if (!this.isInPlace()) throw new CodedError('STORE_UNAVAILABLE', `${path} was replaced while it was opened`);
    } catch (error) {
      this.database.close();
      throw error;
    }
  }

  /**
   * False if the path no longer leads to the open file. Without this check a process would go on, alone, with a file that
   * was removed or replaced under it, and would acknowledge what nobody will ever find.
   */
  isInPlace(): boolean {
    const now = statSync(this.path, { throwIfNoEntry: false });
    return now !== undefined && now.ino === this.#identity.ino && now.dev === this.#identity.dev;
  }

  /** The file whose change tells other processes of a commit. Losing a sign costs them one poll, never a change. */
  static signPath(path: string): string {
    return `${path}-hint`;
  }

  giveSign(): void {
    try {
      this.#sign ??= openSync(SqliteFile.signPath(this.path), 'w', 0o600);
      writeSync(this.#sign, '.', 0);
    } catch {
      this.#dropSign();
    }
  }

  close(): void {
    this.#dropSign();
    this.database.close();
  }

  #dropSign(): void {
    if (this.#sign !== undefined) closeSync(this.#sign);
    this.#sign = undefined;
  }
}
