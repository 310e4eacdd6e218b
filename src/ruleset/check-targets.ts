import { cityByDataCenter, type Draft, finding, type UnitDraft } from './draft.ts';
import type { Finding } from './mistake.ts';

/** Remote targets: known, of the same kind, in another city, each once. */
export function checkTargets(draft: Draft): readonly Finding[] {
  const units = new Map(draft.units.map((unit) => [unit.id, unit]));
  const cityOf = cityByDataCenter(draft);
  return draft.units.flatMap((unit) =>
    (unit.remoteTargets ?? []).flatMap((id, index) => {
      const wrong = wrongTarget(draft, unit, id, index, units.get(id), cityOf);
      if (wrong === null) return [];
      const [what, allowed] = wrong;
      return [finding(draft, [...unit.path, 'remoteTargets', index], what, allowed, id)];
    }),
  );
}

function wrongTarget(
  draft: Draft,
  unit: UnitDraft,
  id: string,
  index: number,
  target: UnitDraft | undefined,
  cityOf: ReadonlyMap<string, string>,
): readonly [what: string, allowed: string] | null {
  if (id === unit.id) return ['remote target is the unit itself', 'must be another unit'];
  if (unit.remoteTargets?.indexOf(id) !== index) return [`remote target ${id} is named twice`, 'must be named once'];
  if (target === undefined) {
    return draft.hasAllUnits ? [`remote target ${id} is not known`, likeInWords(draft, unit)] : null;
  }
  if (unit.kind !== undefined && target.kind !== undefined && unit.kind !== target.kind) {
    return [`remote target ${id} is of kind ${target.kind}`, `must be of the unit’s own kind, ${unit.kind}`];
  }
  const city = cityOfUnit(target, cityOf);
  if (city !== null && city === cityOfUnit(unit, cityOf)) {
    return [`remote target ${id} is in the unit’s own city, ${city}`, 'must be in another city'];
  }
  return null;
}

function likeInWords(draft: Draft, unit: UnitDraft): string {
  const others = draft.units.filter((other) => other.kind === unit.kind && other.id !== unit.id);
  if (others.length === 0) return `must be another ${unit.kind} unit, and there is none`;
  return `must be one of ${others
    .slice(0, 20)
    .map((other) => other.id)
    .join(', ')}`;
}

/** Null where it cannot be told; the cells of a unit in several cities are told by check-units.ts. */
function cityOfUnit(unit: UnitDraft, cityOf: ReadonlyMap<string, string>): string | null {
  const cities = new Set((unit.cells ?? []).map((cell) => (cell.dataCenter && cityOf.get(cell.dataCenter)) || ''));
  const [only = ''] = cities;
  return cities.size === 1 && only !== '' ? only : null;
}
