import type { TopologyDocument } from '../src/core/topology-document.ts';
import { parseRuleset } from '../src/ruleset/parse-ruleset.ts';

/** 100, 1,000 and 10,000 shards by digits; other numbers by hash. */
const DIGITS: Readonly<Record<number, number>> = { 10: 1, 100: 2, 1000: 3, 10000: 4 };
export const UNITS = 50;

/**
 * The text of a ruleset with `shards` shards: fifty units with two cells each, in two cities of two data centers. The size
 * of everything but the shards is the same, so that what is measured grows with the shards alone. `isScattered`: no two
 * neighbouring shards have the same home.
 */
export function largeRuleset(shards: number, isScattered = false): string {
  const digits = DIGITS[shards];
  const width = String(shards - 1).length;
  const homes = isScattered ? scatteredHomes(shards, width) : wholeHomes(shards, width);
  const units = homes.map((home, index) => {
    const city = index % 2;
    const cells = ['a', 'b'].map((letter) => `U${index}${letter}: {dataCenter: d${city}${letter}, weight: 50}`);
    const target = `U${(index + 1) % UNITS}`;
    return `  U${index}: {kind: R, home: '${home}', primary: d${city}a, cells: {${cells.join(', ')}}, remoteTargets: [${target}], capacity: ${shards}}`;
  });
  return `realm: large
shards: ${digits === undefined ? `{hash: ${shards}}` : `{digits: ${digits}, fromEnd: 0}`}
cities: {c0: [d0a, d0b], c1: [d1a, d1b]}
units:
${units.join('\n')}
routes:
  - {name: all, path: /*, kind: R, identity: [{cookie: uid}, {header: x-user-id}]}
`;
}

/** That ruleset compiled. */
export function largeDocument(shards: number, isScattered = false): TopologyDocument {
  const parsed = parseRuleset(largeRuleset(shards, isScattered), 'large.yaml');
  if (parsed.ok) return parsed.document;
  throw new Error(parsed.mistakes.map((mistake) => mistake.message).join('\n'));
}

function wholeHomes(shards: number, width: number): string[] {
  const edge = (index: number): number => Math.floor((index * shards) / UNITS);
  const name = (shard: number): string => String(shard).padStart(width, '0');
  return Array.from({ length: UNITS }, (_, index) => {
    const [from, to] = [edge(index), edge(index + 1) - 1];
    return from === to ? name(from) : `${name(from)}-${name(to)}`;
  });
}

function scatteredHomes(shards: number, width: number): string[] {
  const homes = Array.from({ length: UNITS }, (): string[] => []);
  for (let shard = 0; shard < shards; shard += 1) homes[shard % UNITS]?.push(String(shard).padStart(width, '0'));
  return homes.map((home) => home.join(','));
}
