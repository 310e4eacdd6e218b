import type { ShardRule } from '../core/topology-document.ts';
import type { Finding, Path } from './mistake.ts';
import type { CellValue, HomeValue, RouteValue, SourceValue, UnitValue } from './ruleset-value.ts';
import { subjectOf } from './subject.ts';

/**
 * A ruleset of which parts may be broken. In every field: `undefined` is broken (told already by the schema, so nothing
 * that depends on it is checked), `null` is left out.
 */
export interface Draft {
  readonly root: unknown;
  readonly rule: ShardRule | undefined;
  readonly survive: 'dataCenter' | 'city' | undefined;
  readonly proxies: readonly string[] | undefined;
  /** Undefined if any of it is broken: then no name of a data center can be called unknown. */
  readonly cities: readonly CityDraft[] | undefined;
  /** Those that can be read at all. */
  readonly units: readonly UnitDraft[];
  /** Whether `units` are all of them. */
  readonly hasAllUnits: boolean;
  readonly routes: readonly RouteDraft[];
}

export interface CityDraft {
  readonly id: string;
  readonly path: Path;
  readonly dataCenters: readonly string[];
}

export interface UnitDraft {
  readonly id: string;
  readonly path: Path;
  readonly kind: UnitValue['kind'] | undefined;
  readonly home: HomeValue | null | undefined;
  readonly primary: string | null | undefined;
  readonly cells: readonly CellDraft[] | undefined;
  readonly remoteTargets: readonly string[] | undefined;
  readonly capacity: number | null | undefined;
}

export interface CellDraft {
  readonly id: string;
  readonly path: Path;
  readonly dataCenter: string | undefined;
  readonly weight: number | null | undefined;
  readonly instances: readonly string[] | undefined;
  readonly health: CellValue['health'] | undefined;
}

export interface RouteDraft {
  readonly index: number;
  readonly path: Path;
  readonly name: string | undefined;
  readonly hosts: readonly string[] | undefined;
  readonly pattern: string | undefined;
  readonly methods: readonly string[] | undefined;
  readonly kind: RouteValue['kind'] | undefined;
  readonly identity: readonly SourceValue[] | undefined;
  readonly onMissing: RouteValue['onMissing'] | undefined;
  readonly strict: boolean | undefined;
}

/** City by data center; a data center in two cities (told by check-names.ts) counts for the first. */
export function cityByDataCenter({ cities }: Draft): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const city of cities ?? []) for (const id of city.dataCenters) if (!found.has(id)) found.set(id, city.id);
  return found;
}

/** `what` and `allowed` become one sentence after the object that the path is about. */
export function finding(draft: Draft, path: Path, what: string, allowed: string, seen: string): Finding {
  return { path, seen, allowed, text: `${subjectOf(path, draft.root).subject}: ${what}, ${allowed}` };
}
