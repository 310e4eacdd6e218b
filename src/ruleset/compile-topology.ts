import type {
  CellDocument,
  IdentitySource,
  MissPolicy,
  RouteDocument,
  ShardRule,
  TopologyDocument,
  UnitDocument,
} from '../core/topology-document.ts';
import { homeShards, mergeRuns } from './home-shards.ts';
import type { CellValue, RouteValue, RulesetValue, SourceValue, UnitValue } from './ruleset-value.ts';

/** C cells are chosen by nearness; their weight says nothing. */
const COPY_WEIGHT = 100;

/** The document of a ruleset that was checked. Deterministic: names, lists and keys in the order of the text. */
export function compileTopology(value: RulesetValue): TopologyDocument {
  const shardRule = shardRuleOf(value.shards ?? {});
  return {
    format: 1,
    realm: value.realm,
    shardRule,
    survive: value.survive,
    trust: { proxies: [...value.trust.proxies], identityHeaders: value.trust.identityHeaders },
    cities: Object.entries(value.cities).map(([id, dataCenters]) => ({ id, dataCenters: [...dataCenters] })),
    units: Object.entries(value.units).map(([id, unit]) => compileUnit(id, unit, shardRule)),
    routes: value.routes.map(compileRoute),
  };
}

export function shardRuleOf(shards: NonNullable<RulesetValue['shards']>): ShardRule {
  if (shards.hash !== undefined) return { name: 'hash/1', shards: shards.hash };
  return { name: 'digits/1', digits: (shards.digits ?? 2) as 1 | 2 | 3 | 4, fromEnd: shards.fromEnd ?? 0 };
}

function compileUnit(id: string, unit: UnitValue, rule: ShardRule): UnitDocument {
  const home = homeShards(rule, unit.home ?? []);
  const cells = Object.entries(unit.cells);
  const primary = unit.primary ?? cells[0]?.[1].dataCenter ?? null;
  return {
    id,
    kind: unit.kind,
    home: mergeRuns(home.runs),
    globalHome: home.isGlobal,
    primary: unit.kind === 'C' ? null : primary,
    cells: cells.map(([name, cell]) => compileCell(name, cell, unit.kind)),
    remoteTargets: [...unit.remoteTargets],
    capacity: unit.capacity ?? null,
    storeLost: unit.storeLost,
  };
}

function compileCell(id: string, cell: CellValue, kind: UnitValue['kind']): CellDocument {
  const { path, intervalMs, timeoutMs, unhealthyAfter, healthyAfter } = cell.health;
  return {
    id,
    dataCenter: cell.dataCenter,
    weight: kind === 'C' ? COPY_WEIGHT : (cell.weight ?? 100),
    instances: [...cell.instances],
    tls: cell.tls === undefined ? null : { serverName: cell.tls.serverName ?? null, ca: cell.tls.ca ?? null },
    health: { path, intervalMs, timeoutMs, unhealthyAfter, healthyAfter },
    maxConcurrent: cell.maxConcurrent,
  };
}

function compileRoute(route: RouteValue): RouteDocument {
  const { identityMs, connectMs, responseHeadMs, bodyIdleMs, requestMs } = route.timeouts;
  const { maxRequests, maxBytes, maxMs } = route.hold;
  return {
    name: route.name,
    hosts: [...route.hosts],
    path: route.path,
    methods: [...route.methods],
    kind: route.kind,
    identity: route.identity.map(compileSource),
    onMissing: compileMissPolicy(route.onMissing),
    onUnavailable: route.onUnavailable,
    strict: route.strict,
    idempotencyKey: route.idempotencyKey,
    priority: route.priority,
    limits: { bodyBytes: route.limits.bodyBytes },
    timeouts: { identityMs, connectMs, responseHeadMs, bodyIdleMs, requestMs },
    hold: { maxRequests, maxBytes, maxMs },
  };
}

function compileMissPolicy(value: RouteValue['onMissing']): MissPolicy {
  return typeof value === 'string' ? { type: value } : { type: 'hash', source: compileSource(value.hash) };
}

/** Header names have no case; they are kept in lower case. */
export function compileSource(source: SourceValue): IdentitySource {
  if (source.header !== undefined) return { type: 'header', name: source.header.toLowerCase() };
  if (source.cookie !== undefined) return { type: 'cookie', name: source.cookie };
  if (source.query !== undefined) return { type: 'query', name: source.query };
  if (source.path !== undefined) return { type: 'path', segment: source.path };
  if (source.session !== undefined)
    return { type: 'session', cookie: source.session.cookie, prefix: source.session.prefix };
  const { claim = '', issuer = '', audience = null, cookie = null } = source.jwt ?? {};
  return { type: 'jwt', claim, issuer, audience, cookie };
}
