import { GLOBAL_SHARD_NAME } from '../core/shard-name.ts';
import { type Draft, finding } from './draft.ts';
import type { Finding, Path } from './mistake.ts';

/** YAML 1.1 tools read these as booleans or nothing. */
const RESERVED = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null']);

/** Names must not be reserved words, and those of data centers, cells and routes are unique in the realm. */
export function checkNames(draft: Draft): readonly Finding[] {
  return [
    ...reservedNames(draft),
    ...twice(draft, dataCenters(draft)),
    ...twice(draft, cells(draft)),
    ...twice(draft, routes(draft)),
  ];
}

interface Use {
  readonly name: string;
  readonly path: Path;
  /** `data center hz-a`, `the name users`. */
  readonly object: string;
  /** Where it is used, for the message. */
  readonly place: string;
}

function dataCenters(draft: Draft): readonly Use[] {
  return (draft.cities ?? []).flatMap((city) =>
    city.dataCenters.map((name, index) => ({
      name,
      path: [...city.path, index],
      object: `data center ${name}`,
      place: `city ${city.id}`,
    })),
  );
}

function cells(draft: Draft): readonly Use[] {
  return draft.units.flatMap((unit) =>
    (unit.cells ?? []).map(({ id, path }) => ({ name: id, path, object: 'the name', place: `unit ${unit.id}` })),
  );
}

function routes(draft: Draft): readonly Use[] {
  return draft.routes.flatMap(({ name, path, index }) =>
    name === undefined ? [] : [{ name, path: [...path, 'name'], object: 'the name', place: `route ${index + 1}` }],
  );
}

function twice(draft: Draft, uses: readonly Use[]): readonly Finding[] {
  const first = new Map<string, Use>();
  const findings: Finding[] = [];
  for (const use of uses) {
    const before = first.get(use.name);
    if (before === undefined) first.set(use.name, use);
    else findings.push(usedTwice(draft, use, before));
  }
  return findings;
}

function usedTwice(draft: Draft, use: Use, before: Use): Finding {
  const what = `${use.object} is used already in ${before.place}`;
  return finding(draft, use.path, what, 'must be unique in the realm', use.name);
}

function reservedNames(draft: Draft): readonly Finding[] {
  const named: readonly (readonly [string, Path])[] = [
    ...(draft.cities ?? []).map((city) => [city.id, city.path] as const),
    ...dataCenters(draft).map((use) => [use.name, use.path] as const),
    ...draft.units.map((unit) => [unit.id, unit.path] as const),
    ...cells(draft).map((use) => [use.name, use.path] as const),
  ];
  return named
    .filter(([name]) => RESERVED.has(name.toLowerCase()) || name === GLOBAL_SHARD_NAME)
    .map(([name, path]) => finding(draft, path, `the name ${name} is reserved`, 'must be another word', name));
}
