import { CodedError, type ErrorCode } from '../../errors.ts';

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const CODES: Readonly<Record<number, ErrorCode>> = {
  11: 'STORE_CORRUPT', // SQLITE_CORRUPT
  18: 'STORE_TOO_LARGE', // SQLITE_TOOBIG
  24: 'STORE_CORRUPT', // SQLITE_FORMAT
  26: 'STORE_CORRUPT', // SQLITE_NOTADB
};

/** The extended result code of an error that SQLite threw; undefined for every other error. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

/** Another connection holds a lock: the same again later may work. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && ((code & 0xff) === BUSY || (code & 0xff) === LOCKED);
}

/** The same error with a code of our table: unreadable data is STORE_CORRUPT, all else (disk, rights) STORE_UNAVAILABLE. */
export function asStoreError(error: unknown, file: string): CodedError {
  if (error instanceof CodedError) return error;
  const code = sqliteCode(error);
  const seen = error instanceof Error ? error.message : String(error);
  if (code === undefined) return new CodedError('STORE_UNAVAILABLE', `${file}: ${seen}`, { cause: error });
  return new CodedError(CODES[code & 0xff] ?? 'STORE_UNAVAILABLE', `${file}: ${seen} (SQLite result ${code})`, {
    cause: error,
  });
}
