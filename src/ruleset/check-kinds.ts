import { cityByDataCenter, type Draft, finding, type RouteDraft } from './draft.ts';
import type { Finding } from './mistake.ts';

/** What routes need units for: G routes a G unit, C routes a C unit in every city; and there is one C unit per city. */
export function checkKinds(draft: Draft): readonly Finding[] {
  const isWhole = draft.hasAllUnits && draft.units.every((unit) => unit.kind !== undefined);
  if (!isWhole) return [];
  const copies = copiesByCity(draft);
  const hasGlobal = draft.units.some((unit) => unit.kind === 'G');
  return [
    ...copies.findings,
    ...draft.routes.flatMap((route) => (hasGlobal ? [] : needsGlobal(draft, route))),
    ...needsCopies(draft, copies.cities),
  ];
}

function copiesByCity(draft: Draft): {
  readonly cities: ReadonlyMap<string, string>;
  readonly findings: readonly Finding[];
} {
  const cityOf = cityByDataCenter(draft);
  const cities = new Map<string, string>();
  const findings: Finding[] = [];
  for (const unit of draft.units.filter(({ kind }) => kind === 'C')) {
    const city = cityOf.get(unit.cells?.[0]?.dataCenter ?? '');
    if (city === undefined) continue;
    const other = cities.get(city);
    if (other === undefined) cities.set(city, unit.id);
    else
      findings.push(
        finding(draft, unit.path, `city ${city} has C unit ${other} already`, 'must be one C unit per city', city),
      );
  }
  return { cities, findings };
}

function needsGlobal(draft: Draft, route: RouteDraft): readonly Finding[] {
  const isGlobal = route.kind === 'G';
  if (!isGlobal && route.onMissing !== 'global') return [];
  const at = [...route.path, isGlobal ? 'kind' : 'onMissing'];
  const what = isGlobal ? 'kind G' : 'onMissing global';
  return [
    finding(draft, at, `${what}, but the realm has no G unit`, 'needs a unit of kind G', isGlobal ? 'G' : 'global'),
  ];
}

/** Told once, at the first C route. A unit whose city cannot be told makes no city look bare. */
function needsCopies(draft: Draft, cities: ReadonlyMap<string, string>): readonly Finding[] {
  const route = draft.routes.find(({ kind }) => kind === 'C');
  const copies = draft.units.filter(({ kind }) => kind === 'C');
  if (route === undefined || draft.cities === undefined || copies.length > cities.size) return [];
  const bare = draft.cities.filter((city) => !cities.has(city.id)).map((city) => city.id);
  if (bare.length === 0) return [];
  const what = `kind C, but there is no C unit in ${bare.length === 1 ? 'city' : 'cities'} ${bare.join(', ')}`;
  return [finding(draft, [...route.path, 'kind'], what, 'needs one in every city', bare.join(', '))];
}
