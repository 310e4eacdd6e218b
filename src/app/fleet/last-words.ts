import { closeSync, openSync, readSync } from 'node:fs';

/** Enough for an error with all mistakes of a configuration; a log may be large. */
const MOST_BYTES = 4_096;

/**
 * What a process that ended has said outside of its log lines (which are JSON), since `start` (bytes) of its log file; on
 * lines of its own, or empty.
 */
export function lastWords(logFile: string, start: number): string {
  const lines = readFrom(logFile, start)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('{'));
  return lines.map((line) => `\n  ${line}`).join('');
}

function readFrom(logFile: string, start: number): string {
  try {
    const file = openSync(logFile, 'r');
    const bytes = Buffer.alloc(MOST_BYTES);
    const count = readSync(file, bytes, 0, MOST_BYTES, start);
    closeSync(file);
    return bytes.toString('utf8', 0, count);
  } catch {
    return '';
  }
}
