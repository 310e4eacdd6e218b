import { type Draft, finding, type RouteDraft } from './draft.ts';
import type { Finding } from './mistake.ts';
import { hostFault, pathFault, widerHosts, widerPaths } from './route-pattern.ts';

interface Match {
  readonly hosts: readonly string[];
  readonly methods: readonly string[];
  readonly pattern: string;
}

/**
 * Finds routes that can never match, because those before them take all of it. A pattern with a wildcard, any host and any
 * method stand for endlessly many, so narrower ones never add up to them: a route is shadowed exactly if each of its
 * pairs of host and method is taken by a single earlier route. Looked up by what is wider, so linear in the routes.
 */
export function checkShadows(draft: Draft): readonly Finding[] {
  const taken = new Map<string, RouteDraft>();
  const findings: Finding[] = [];
  for (const route of draft.routes) {
    const match = matchOf(route);
    if (match === null) continue;
    const takers = takersOf(match, taken);
    if (takers !== null) findings.push(shadowed(draft, route, takers));
    for (const host of match.hosts) {
      for (const method of match.methods) {
        const key = matchKey(host, method, match.pattern);
        if (!taken.has(key)) taken.set(key, route);
      }
    }
  }
  return findings;
}

/** Null for a route with a part that is broken or malformed. The empty string is any host, any method. */
function matchOf({ hosts, methods, pattern }: RouteDraft): Match | null {
  if (hosts === undefined || methods === undefined || pattern === undefined) return null;
  if (pathFault(pattern) !== null || hosts.some((host) => hostFault(host) !== null)) return null;
  return { hosts: hosts.length === 0 ? [''] : hosts, methods: methods.length === 0 ? [''] : methods, pattern };
}

/** The earlier routes that together take all of it; null if something is left. */
function takersOf({ hosts, methods, pattern }: Match, taken: ReadonlyMap<string, RouteDraft>): Set<RouteDraft> | null {
  const takers = new Set<RouteDraft>();
  for (const host of hosts) {
    for (const method of methods) {
      const taker = takerOf(host, method, pattern, taken);
      if (taker === undefined) return null;
      takers.add(taker);
    }
  }
  return takers;
}

function takerOf(
  host: string,
  method: string,
  pattern: string,
  taken: ReadonlyMap<string, RouteDraft>,
): RouteDraft | undefined {
  for (const path of widerPaths(pattern)) {
    for (const wider of widerHosts(host)) {
      const taker = taken.get(matchKey(wider, method, path)) ?? taken.get(matchKey(wider, '', path));
      if (taker !== undefined) return taker;
    }
  }
  return undefined;
}

function matchKey(host: string, method: string, path: string): string {
  return `${host} ${method} ${path}`;
}

function shadowed(draft: Draft, route: RouteDraft, takers: ReadonlySet<RouteDraft>): Finding {
  const names = [...takers].map((taker) => taker.name ?? `route ${taker.index + 1}`).join(', ');
  const what = `can never match, ${names} before it takes all of it`;
  return finding(
    draft,
    [...route.path, 'path'],
    what,
    'must stand before, or be narrower or left out',
    route.pattern ?? '',
  );
}
