/** Most heads are shorter: so many bytes are made text at once, and searched and read as such. */
const MOST_BYTES = 1024;

/** The text from `at` on that a head of common size is in; whether its end is in it shows `textEnd`. */
export function beginningText(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, Math.min(bytes.length, at + MOST_BYTES));
}

/** Where the head ends that `text` begins with, just behind its empty line; INCOMPLETE if that is not in it. */
export function textEnd(text: string): number {
  const end = text.indexOf('\r\n\r\n');
  return end === -1 ? INCOMPLETE : end + 4;
}

const LF = 0x0a;
const CR = 0x0d;

/** No empty line yet. */
export const INCOMPLETE = -1;
/** A line that does not end with CRLF: nothing behind it can be trusted. */
export const BARE_LF = -2;

/**
 * Where a head that begins at `at` ends, just behind its empty line; INCOMPLETE or BARE_LF. `from`: bytes before it were looked at
 * already. The whole head is one native search; only what is not whole is looked through for a bare LF.
 */
export function headEnd(bytes: Buffer, at: number, from = at): number {
  const end = bytes.indexOf('\r\n\r\n', Math.max(at, from - 3), 'latin1');
  if (end !== -1) return end + 4;
  for (let lf = bytes.indexOf(LF, from); lf !== -1; lf = bytes.indexOf(LF, lf + 1)) {
    if (lf === at || bytes[lf - 1] !== CR) return BARE_LF;
  }
  return INCOMPLETE;
}
