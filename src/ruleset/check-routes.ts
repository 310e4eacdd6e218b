import { compileSource } from './compile-topology.ts';
import { type Draft, finding, type RouteDraft } from './draft.ts';
import type { Finding, Path } from './mistake.ts';
import { hostFault, pathFault } from './route-pattern.ts';
import type { SourceValue } from './ruleset-value.ts';

/** Checks each route by itself: patterns, identity sources, and what its kind can have. */
export function checkRoutes(draft: Draft): readonly Finding[] {
  return draft.routes.flatMap((route) => [
    ...checkPath(draft, route),
    ...checkHosts(draft, route),
    ...checkMethods(draft, route),
    ...checkIdentity(draft, route),
    ...checkStrict(draft, route),
  ]);
}

function checkPath(draft: Draft, { pattern, path }: RouteDraft): readonly Finding[] {
  const fault = pattern === undefined ? null : pathFault(pattern);
  return fault === null
    ? []
    : [finding(draft, [...path, 'path'], `path ${JSON.stringify(pattern)}`, fault, pattern ?? '')];
}

function checkHosts(draft: Draft, { hosts, path }: RouteDraft): readonly Finding[] {
  return (hosts ?? []).flatMap((host, index) => {
    const fault = hosts?.indexOf(host) === index ? hostFault(host) : 'must be named once';
    return fault === null
      ? []
      : [finding(draft, [...path, 'hosts', index], `host ${JSON.stringify(host)}`, fault, host)];
  });
}

function checkMethods(draft: Draft, { methods, path }: RouteDraft): readonly Finding[] {
  return (methods ?? []).flatMap((method, index) =>
    methods?.indexOf(method) === index
      ? []
      : [finding(draft, [...path, 'methods', index], `method ${method} is named twice`, 'must be named once', method)],
  );
}

function checkIdentity(draft: Draft, { kind, identity, onMissing, path }: RouteDraft): readonly Finding[] {
  if (identity === undefined) return [];
  const at = [...path, 'identity'];
  const findings = identity.flatMap((source, index) => checkSource(draft, [...at, index], source));
  if (kind === 'R' && identity.length === 0 && onMissing === 'reject') {
    const allowed = 'an R route needs a source, or onMissing other than reject';
    findings.push(finding(draft, at, 'no identity source', allowed, 'none'));
  }
  const keys = identity.map((source) => JSON.stringify(compileSource(source)));
  keys.forEach((key, index) => {
    if (keys.indexOf(key) === index) return;
    findings.push(finding(draft, [...at, index], 'identity names a source twice', 'must name it once', key));
  });
  if (typeof onMissing === 'object')
    findings.push(...checkHashSource(draft, [...path, 'onMissing'], onMissing.hash, keys));
  return findings;
}

function checkHashSource(draft: Draft, at: Path, source: SourceValue, keys: readonly string[]): readonly Finding[] {
  const findings = checkSource(draft, at, source);
  const key = JSON.stringify(compileSource(source));
  if (!keys.includes(key)) return findings;
  const allowed = 'must read another key: this one is missing when onMissing is asked';
  return [...findings, finding(draft, at, 'onMissing.hash reads a source of identity', allowed, key)];
}

/** Fields that say how the message travels, and ours, which are dropped at the door. */
const NOT_A_USER =
  /^(ldc-.*|host|connection|content-length|transfer-encoding|te|trailer|upgrade|keep-alive|expect|cookie|authorization)$/i;

function checkSource(draft: Draft, at: Path, { header }: SourceValue): Finding[] {
  if (header === undefined || !NOT_A_USER.test(header)) return [];
  const allowed = 'must be a field that the client’s side sets to name the user';
  return [finding(draft, at, `identity header ${header} cannot name a user`, allowed, header)];
}

function checkStrict(draft: Draft, { kind, strict, path }: RouteDraft): readonly Finding[] {
  if (kind !== 'C' || strict !== true) return [];
  const allowed = 'must be left out: a C unit’s copy owns no shard and may be stale';
  return [finding(draft, [...path, 'strict'], 'strict on a C route', allowed, 'true')];
}
