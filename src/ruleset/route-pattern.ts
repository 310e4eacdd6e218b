/** Characters of RFC 3986 §3.3 that a path pattern may have; no percent-encoding, no `;`: those read in two ways. */
const SEGMENT = /^[A-Za-z0-9\-._~!$&'()+,=:@]+$/;

/** What is wrong with a route's path, as what must be; null if it is well-formed. */
export function pathFault(pattern: string): string | null {
  if (!pattern.startsWith('/')) return 'must begin with /';
  const isPrefix = pattern.endsWith('/*');
  const bare = isPrefix ? pattern.slice(0, -2) : pattern;
  if (bare === '' || bare === '/') return bare === '/' && isPrefix ? 'must have each slash once' : null;
  if (bare.includes('*')) return 'must have * only as the last segment: /prefix/*';
  if (/[?#]/.test(bare)) return 'must be a path without query and fragment';
  if (bare.includes('//')) return 'must have each slash once';
  const segments = bare.replace(/\/$/, '').split('/').slice(1);
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'must not have . or .. as a segment';
  const isKnown = segments.every((segment) => SEGMENT.test(segment));
  return isKnown ? null : "must be segments of A-Z a-z 0-9 - . _ ~ ! $ & ' ( ) + , = : @";
}

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const HOST = new RegExp(`^(\\*\\.)?${LABEL}(\\.${LABEL})*$`);

/** What is wrong with a route's host, as what must be; null if it is well-formed. */
export function hostFault(host: string): string | null {
  if (host !== host.toLowerCase()) return 'must be in lower case';
  if (host.includes(':')) return 'must be without port';
  return HOST.test(host) ? null : 'must be a host name, or *. and a host name';
}

/** The pattern itself and all that match everything that it matches, the narrowest first. */
export function widerPaths(pattern: string): readonly string[] {
  const isPrefix = pattern.endsWith('/*');
  const segments = (isPrefix ? pattern.slice(0, -2) : pattern).split('/').filter((segment) => segment !== '');
  const prefixes = Array.from({ length: segments.length + 1 }, (_, dropped) => {
    const kept = segments.slice(0, segments.length - dropped);
    return kept.length === 0 ? '/*' : `/${kept.join('/')}/*`;
  });
  return isPrefix ? prefixes : [pattern, ...prefixes];
}

/** Any host is the empty string. `*.b.c` is matched by itself, `*.c` and any; `a.b.c` by these and itself. */
export function widerHosts(host: string): readonly string[] {
  if (host === '') return [''];
  const labels = host.split('.');
  const wild = labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`);
  return host.startsWith('*.') ? [...wild, ''] : [host, ...wild, ''];
}
