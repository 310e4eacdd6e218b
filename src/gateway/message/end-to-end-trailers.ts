import type { HeaderList } from '../upstream.ts';
import { isFieldValue, isToken } from './field-check.ts';
import { headerKind, isPlainName, KIND } from './header-kind.ts';

const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  ...['authorization', 'cache-control', 'content-encoding', 'content-range', 'content-type', 'cookie', 'date'],
  ...['idempotency-key', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
  ...['location', 'max-forwards', 'pragma', 'range', 'retry-after', 'set-cookie', 'vary', 'via', 'warning'],
  ...['www-authenticate', 'x-user-id'],
]);

/**
 * The trailers that pass, both ways: none that frames, routes, authenticates or is ours (RFC 9110 §6.5.1), because an
 * application that merges trailers into the head would see them as checked. `guarded`: the realm's identity headers.
 */
export function endToEndTrailers(trailers: HeaderList, guarded: ReadonlySet<string>): HeaderList {
  const kept: string[] = [];
  for (let i = 0; i < trailers.length; i += 2) {
    const name = trailers[i] ?? '';
    const value = trailers[i + 1] ?? '';
    if (!isToken(name) || !isPlainName(name) || !isFieldValue(value) || headerKind(name) !== KIND.other) continue;
    const lower = name.toLowerCase();
    if (!NOT_IN_TRAILERS.has(lower) && !guarded.has(lower)) kept.push(name, value);
  }
  return kept;
}
