import { noOccurrences, type Occurrence, occurs } from './occurrence.ts';
import { isOws } from './scan-headers.ts';

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;

/**
 * Looks for cookies in the values of the Cookie lines, in one pass over each (RFC 6265 §4.2.1). Pairs end at `;` and at
 * nothing else: quotes do not protect one, a comma does not end one. Names are case-sensitive. A piece that is only a
 * wanted name, without `=`, is that cookie with an empty value: some servers read it so.
 */
export function scanCookies(lines: readonly string[], names: readonly string[]): Occurrence[] {
  const wanted = noOccurrences(names.length);
  for (const line of lines) scanLine(line, names, wanted);
  return wanted;
}

function scanLine(line: string, names: readonly string[], wanted: readonly Occurrence[]): void {
  let start = 0;
  while (start < line.length) {
    let equals = -1;
    let end = start;
    for (; end < line.length; end++) {
      const code = line.charCodeAt(end);
      if (code === SEMICOLON) break;
      if (code === EQUALS && equals === -1) equals = end;
    }
    matchPair(line, start, equals === -1 ? end : equals, end, names, wanted);
    start = end + 1;
  }
}

function matchPair(
  line: string,
  start: number,
  equals: number,
  end: number,
  names: readonly string[],
  wanted: readonly Occurrence[],
): void {
  let from = start;
  let to = equals;
  while (from < to && isOws(line.charCodeAt(from))) from++;
  while (to > from && isOws(line.charCodeAt(to - 1))) to--;
  for (const [index, name] of names.entries()) {
    if (name.length === to - from && line.startsWith(name, from))
      occurs(wanted[index], cookieValue(line, equals + 1, end));
  }
}

/** Trimmed; one pair of quotes around the whole value is taken off, as the grammar has it. */
function cookieValue(line: string, start: number, end: number): string {
  let from = Math.min(start, end);
  let to = end;
  while (from < to && isOws(line.charCodeAt(from))) from++;
  while (to > from && isOws(line.charCodeAt(to - 1))) to--;
  if (to - from >= 2 && line.charCodeAt(from) === QUOTE && line.charCodeAt(to - 1) === QUOTE)
    return line.slice(from + 1, to - 1);
  return line.slice(from, to);
}
