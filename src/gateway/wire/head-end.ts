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
