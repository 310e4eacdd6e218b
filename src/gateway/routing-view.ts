import type { Topology } from '../core/topology.ts';
import type { IdentitySource, RouteDocument } from '../core/topology-document.ts';
import type { Identifier } from './identity/identifier.ts';
import type { RouteIdentity } from './identity/identity.ts';
import { compileTrustedProxies } from './identity/trusted-proxies.ts';
import type { HeadRules } from './message/check-head.ts';
import { type ForwardedTrust, trustForwarded } from './message/forwarded.ts';
import { DEFAULT_MESSAGE_LIMITS, type MessageLimits } from './message/message-limits.ts';
import { compileRoutes, type RouteMatcher } from './message/route-matcher.ts';

/** A route with its sources of identity compiled. */
export interface CompiledRoute {
  readonly route: RouteDocument;
  readonly identifier: Identifier;
  /** Of the other key that the miss policy `hash` names; null for other policies. */
  readonly missIdentifier: Identifier | null;
  /** Path segments that hold user IDs: they stay out of the log. */
  readonly hiddenSegments: readonly number[];
}

/** What a topology means for requests before a shard is looked up; made once for each topology. */
export interface RoutingView {
  readonly topology: Topology;
  readonly matcher: RouteMatcher;
  readonly routes: readonly CompiledRoute[];
  readonly trust: ForwardedTrust;
  readonly headRules: HeadRules;
}

/** Throws if a pattern is malformed: the ruleset was checked before it became a table, so that is a damaged record. */
export function compileRoutingView(
  topology: Topology,
  compile: (route: RouteIdentity) => Identifier,
  limits: MessageLimits = DEFAULT_MESSAGE_LIMITS,
): RoutingView {
  const { routes, trust } = topology.document;
  const matcher = compileRoutes(routes);
  if (!matcher.ok) throw new Error(matcher.detail);
  const identifierOf = (route: RouteDocument, sources: readonly IdentitySource[]): Identifier =>
    compile({ sources, identityMs: route.timeouts.identityMs, identityHeaders: trust.identityHeaders });
  return {
    topology,
    matcher,
    routes: routes.map((route) => ({
      route,
      identifier: identifierOf(route, route.identity),
      missIdentifier: route.onMissing.type === 'hash' ? identifierOf(route, [route.onMissing.source]) : null,
      hiddenSegments: route.identity.flatMap((source) => (source.type === 'path' ? [source.segment] : [])),
    })),
    trust: { ...trustForwarded(compileTrustedProxies(trust.proxies)), maxHops: limits.forwardedHops },
    headRules: { limits, guarded: identityHeaders(routes) },
  };
}

function identityHeaders(routes: readonly RouteDocument[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { identity, onMissing } of routes) {
    const sources = onMissing.type === 'hash' ? [...identity, onMissing.source] : identity;
    for (const source of sources) if (source.type === 'header') names.add(source.name.toLowerCase());
  }
  return names;
}
