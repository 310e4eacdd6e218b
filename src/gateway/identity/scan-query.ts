import { noOccurrences, type Occurrence, occurs } from './occurrence.ts';
import { percentDecode } from './percent-decode.ts';

/**
 * Looks for keys in a query, in one pass. Pairs are separated by `&` only (WHATWG URL §5.1): a server that also splits
 * at `;` finds no user ID that this scan does not refuse, because an ID has no `;`. Keys are case-sensitive and are
 * compared decoded, so that `u%69d` counts as `uid`. Values are left as received. A key without `=` has an empty value.
 */
export function scanQuery(query: string, keys: readonly string[]): Occurrence[] {
  const wanted = noOccurrences(keys.length);
  let start = 0;
  while (start < query.length) {
    const ampersand = query.indexOf('&', start);
    const end = ampersand === -1 ? query.length : ampersand;
    matchPair(query.slice(start, end), keys, wanted);
    start = end + 1;
  }
  return wanted;
}

function matchPair(pair: string, keys: readonly string[], wanted: readonly Occurrence[]): void {
  const equals = pair.indexOf('=');
  const key = percentDecode(equals === -1 ? pair : pair.slice(0, equals), true);
  if (key === null) return;
  for (const [index, name] of keys.entries()) {
    if (name === key) occurs(wanted[index], equals === -1 ? '' : pair.slice(equals + 1));
  }
}
