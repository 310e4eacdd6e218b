import type { RouteDocument } from '../../core/topology-document.ts';
import { parseAuthority } from './authority.ts';
import { routePath } from './route-path.ts';

export interface RouteMatcher {
  readonly ok: true;
  /**
   * Index of the first route that takes the request, -1 for none. `path` is a result of `routePath`; `host` may have a
   * port and any case. Paths and methods are case-sensitive. Allocates nothing when `host` is a `RequestHead.host`.
   */
  match(method: string, host: string, path: string): number;
}

/** A route that could never match; the ruleset's parser reports the same with its line. */
export interface RouteFault {
  readonly ok: false;
  readonly detail: string;
}

interface CompiledRoute {
  readonly index: number;
  /** Without the `/*` at the end. */
  readonly base: string;
  /** `firstSegmentHash` of `base`. */
  readonly segment: number;
  /** Takes `base` and what is below; else only `base`. */
  readonly below: boolean;
  /** Null: any method. */
  readonly methods: readonly string[] | null;
  /** Null: any host. `.example.com` stands for `*.example.com`. */
  readonly hosts: readonly string[] | null;
}

/** Prepares the routes of a topology for matching; first match in order wins. */
export function compileRoutes(routes: readonly RouteDocument[]): RouteMatcher | RouteFault {
  const compiled: CompiledRoute[] = [];
  for (const [index, route] of routes.entries()) {
    const result = compileRoute(route, index);
    if (typeof result === 'string') return { ok: false, detail: `route ${route.name}: ${result}` };
    compiled.push(result);
  }
  const bySegment = new Map<number, readonly CompiledRoute[]>();
  for (const key of new Set(compiled.map((route) => route.segment))) {
    bySegment.set(
      key,
      compiled.filter((route) => route.base === '' || route.segment === key),
    );
  }
  const elsewhere = compiled.filter((route) => route.base === '');
  return {
    ok: true,
    match: (method, host, path) => matchIn(bySegment.get(firstSegmentHash(path)) ?? elsewhere, method, host, path),
  };
}

function compileRoute(route: RouteDocument, index: number): CompiledRoute | string {
  const below = route.path.endsWith('/*');
  const written = below ? route.path.slice(0, -2) : route.path;
  if (written.includes('*')) return `path ${route.path}: "*" may only be the last segment`;
  const normal = routePath(below && written === '' ? '/' : written);
  if (!normal.ok) return `path ${route.path} can never match: ${normal.detail}`;
  if (below && written.endsWith('/')) return `path ${route.path} can never match: empty segment`;
  const hosts: string[] = [];
  for (const host of route.hosts) {
    const wild = host.startsWith('*.');
    const parsed = parseAuthority(wild ? host.slice(2) : host);
    if (parsed === null || parsed.port !== -1)
      return `host ${host}: must be a name, *.name, or an address, without port`;
    hosts.push(wild ? `.${parsed.host}` : parsed.host);
  }
  const base = written === '' ? '' : normal.path;
  return {
    index,
    base,
    segment: firstSegmentHash(base),
    below,
    methods: route.methods.length === 0 ? null : [...route.methods],
    hosts: hosts.length === 0 ? null : hosts,
  };
}

/**
 * Routes are kept by a hash of their first segment, so that most of a long list is never looked at. Two segments with one
 * hash share a list: each route in it is compared in full.
 */
function firstSegmentHash(path: string): number {
  let hash = 0;
  for (let i = 1; i < path.length; i++) {
    const c = path.charCodeAt(i);
    if (c === 0x2f) break;
    hash = (Math.imul(hash, 31) + c) | 0;
  }
  return hash;
}

function matchIn(routes: readonly CompiledRoute[], method: string, host: string, path: string): number {
  let plainHost: string | null = null;
  for (const route of routes) {
    if (!takesPath(route, path) || (route.methods !== null && !route.methods.includes(method))) continue;
    if (route.hosts === null) return route.index;
    plainHost ??= toPlainHost(host);
    if (takesHost(route.hosts, plainHost)) return route.index;
  }
  return -1;
}

function takesPath(route: CompiledRoute, path: string): boolean {
  const { base } = route;
  if (!route.below) return path === base;
  return path.startsWith(base) && (path.length === base.length || base === '' || path.charCodeAt(base.length) === 0x2f);
}

function takesHost(hosts: readonly string[], host: string): boolean {
  for (const wanted of hosts) {
    if (wanted.charCodeAt(0) === 0x2e ? host.length > wanted.length && host.endsWith(wanted) : host === wanted)
      return true;
  }
  return false;
}

/** The host as `RequestHead.host` has it; returns the same string if it is so already. */
function toPlainHost(host: string): string {
  for (let i = 0; i < host.length; i++) {
    const c = host.charCodeAt(i);
    const plain =
      (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39) || c === 0x2d || (c === 0x2e && i < host.length - 1);
    if (!plain) return parseAuthority(host)?.host ?? '';
  }
  return host;
}
