import { type CellDraft, cityByDataCenter, type Draft, finding, type UnitDraft } from './draft.ts';
import type { Finding } from './mistake.ts';

/** Checks each unit by itself: what its kind may have, its cells, weights and primary. */
export function checkUnits(draft: Draft): readonly Finding[] {
  const cityOf = cityByDataCenter(draft);
  return draft.units.flatMap((unit) => [
    ...checkKind(draft, unit),
    ...checkDataCenters(draft, unit, cityOf),
    ...checkWeights(draft, unit),
    ...checkPrimary(draft, unit),
    ...(unit.cells ?? []).flatMap((cell) => checkHealth(draft, cell)),
  ]);
}

function checkKind(draft: Draft, { kind, capacity, home, path }: UnitDraft): readonly Finding[] {
  const findings: Finding[] = [];
  if (kind === 'R' && capacity === null) {
    const allowed = 'must be the number of shards that it can serve at once, 1 to 65536';
    findings.push(finding(draft, [...path, 'capacity'], 'capacity is missing', allowed, 'nothing'));
  }
  if ((kind === 'G' || kind === 'C') && typeof capacity === 'number') {
    const what = `capacity ${capacity} on a ${kind} unit`;
    const allowed = 'must be left out: capacity counts shards of users, which only R units have';
    findings.push(finding(draft, [...path, 'capacity'], what, allowed, String(capacity)));
  }
  if (kind === 'C' && home !== null && home !== undefined) {
    const allowed = 'must be left out: a C unit owns no shard';
    findings.push(finding(draft, [...path, 'home'], 'home on a C unit', allowed, 'a home'));
  }
  return findings;
}

function checkDataCenters(draft: Draft, unit: UnitDraft, cityOf: ReadonlyMap<string, string>): readonly Finding[] {
  const findings: Finding[] = [];
  const used = new Map<string, string>();
  let first: { readonly cell: string; readonly city: string } | null = null;
  for (const { id, path, dataCenter } of unit.cells ?? []) {
    if (dataCenter === undefined) continue;
    const at = [...path, 'dataCenter'];
    const other = used.get(dataCenter);
    const city = cityOf.get(dataCenter);
    used.set(dataCenter, id);
    if (draft.cities !== undefined && city === undefined) {
      const allowed = `must be one of ${[...cityOf.keys()].join(', ')}`;
      findings.push(finding(draft, at, `data center ${dataCenter} is not known`, allowed, dataCenter));
    } else if (other !== undefined) {
      const what = `data center ${dataCenter} has cell ${other} of unit ${unit.id} already`;
      findings.push(finding(draft, at, what, 'must be at most one cell per data center', dataCenter));
    } else if (city !== undefined && first !== null && first.city !== city) {
      const what = `data center ${dataCenter} is in city ${city}, but cell ${first.cell} is in ${first.city}`;
      findings.push(finding(draft, at, what, 'the cells of a unit must be in one city', dataCenter));
    }
    if (city !== undefined) first ??= { cell: id, city };
  }
  return findings;
}

function checkWeights(draft: Draft, unit: UnitDraft): readonly Finding[] {
  const { kind, cells } = unit;
  if (kind === undefined || cells === undefined || cells.some((cell) => cell.weight === undefined)) return [];
  if (kind === 'C') return cells.filter((cell) => cell.weight !== null).map((cell) => weightOnCopy(draft, cell));
  const missing = cells.filter((cell) => cell.weight === null);
  if (missing.length > 0 && cells.length > 1) {
    const allowed = 'must be a whole number, 0 to 100';
    return missing.map((cell) => finding(draft, [...cell.path, 'weight'], 'weight is missing', allowed, 'nothing'));
  }
  const sum = cells.reduce((total, cell) => total + (cell.weight ?? 100), 0);
  if (sum === 100) return [];
  return [finding(draft, [...unit.path, 'cells'], `cell weights add up to ${sum}`, 'must be 100', String(sum))];
}

function weightOnCopy(draft: Draft, cell: CellDraft): Finding {
  const allowed = 'must be left out: cells of a C unit are chosen by nearness';
  return finding(draft, [...cell.path, 'weight'], `weight ${cell.weight} on a C unit`, allowed, String(cell.weight));
}

function checkPrimary(draft: Draft, { kind, primary, cells, path }: UnitDraft): readonly Finding[] {
  if (primary === undefined || cells === undefined || kind === undefined) return [];
  const at = [...path, 'primary'];
  if (kind === 'C') {
    const allowed = 'must be left out: a C unit takes no writes';
    return primary === null ? [] : [finding(draft, at, `primary ${primary} on a C unit`, allowed, primary)];
  }
  const known = cells.flatMap((cell) => (cell.dataCenter === undefined ? [] : [cell.dataCenter]));
  if (known.length < cells.length || (primary === null && cells.length === 1)) return [];
  if (primary !== null && known.includes(primary)) return [];
  const what = primary === null ? 'primary is missing' : `primary ${primary} has no cell of the unit`;
  return [finding(draft, at, what, `must be one of ${known.join(', ')}`, primary ?? 'nothing')];
}

function checkHealth(draft: Draft, { path, health }: CellDraft): readonly Finding[] {
  if (health === undefined || health.timeoutMs <= health.intervalMs) return [];
  const what = `health.timeoutMs ${health.timeoutMs} is longer than intervalMs ${health.intervalMs}`;
  return [finding(draft, [...path, 'health'], what, 'must be at most intervalMs', String(health.timeoutMs))];
}
