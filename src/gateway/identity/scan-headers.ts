import { noOccurrences, type Occurrence, occurs } from './occurrence.ts';

export interface ScannedHeaders {
  /** In the order of the wanted names. */
  readonly wanted: readonly Occurrence[];
  /** The values of all Cookie lines: a second line is as good as the first (RFC 9113 §8.2.3 splits them). */
  readonly cookies: readonly string[];
}

/**
 * Compiles a scan that looks once at each field line. `names` are lower-case; lines match whatever their case. The
 * `cookie` lines are gathered only if `withCookies`.
 */
export function compileHeaderScan(
  names: readonly string[],
  withCookies: boolean,
): (headers: readonly string[]) => ScannedHeaders {
  const all = withCookies ? [...names, 'cookie'] : names;
  // Most lines are ruled out by their length alone, without folding their case.
  const byLength: (readonly number[] | undefined)[] = [];
  for (const [index, name] of all.entries()) byLength[name.length] = [...(byLength[name.length] ?? []), index];
  return (headers) => {
    const wanted = noOccurrences(names.length);
    const cookies: string[] = [];
    for (let line = 0; line + 1 < headers.length; line += 2) {
      const name = headers[line] as string;
      const candidates = byLength[name.length];
      if (candidates === undefined) continue;
      const folded = name.toLowerCase();
      for (const index of candidates) {
        if (all[index] !== folded) continue;
        const value = headers[line + 1] as string;
        if (index === names.length) cookies.push(value);
        else occurs(wanted[index], value);
      }
    }
    return { wanted, cookies };
  };
}

/** A field value without the optional white space around it (RFC 9110 §5.5). */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

export function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
