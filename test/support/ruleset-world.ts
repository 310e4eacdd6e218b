import fc from 'fast-check';

/** A realm that is right, to be written as a ruleset: any shard rule, any parting of the shards, any weights. */
export interface RulesetWorld {
  readonly shards: number;
  /** Data centers of each city, and the first data center's weight. */
  readonly cities: readonly { readonly dataCenters: number; readonly weight: number }[];
  /** One unit per city; the unit of shard n is `units[n % units.length]`. */
  readonly pattern: readonly number[];
  readonly survive: 'city' | 'dataCenter';
  readonly priority: number;
}

export const anyWorld: fc.Arbitrary<RulesetWorld> = fc
  .record({
    shards: fc.integer({ min: 2, max: 300 }),
    cities: fc.array(
      fc.record({ dataCenters: fc.integer({ min: 1, max: 3 }), weight: fc.integer({ min: 0, max: 100 }) }),
      {
        minLength: 2,
        maxLength: 4,
      },
    ),
    pattern: fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
    survive: fc.constantFrom('city', 'dataCenter'),
    priority: fc.integer({ min: 0, max: 9 }),
  })
  .map((world) => ({ ...world, pattern: world.pattern.map((unit) => unit % world.cities.length) }));

/** The world as YAML. Every unit can serve all shards, so that every loss is survived. */
export function worldText(world: RulesetWorld): string {
  const width = String(world.shards - 1).length;
  const name = (shard: number): string => String(shard).padStart(width, '0');
  const homes = world.cities.map((): string[] => []);
  for (let shard = 0; shard < world.shards; shard += 1) {
    homes[world.pattern[shard % world.pattern.length] ?? 0]?.push(name(shard));
  }
  const units = world.cities.map((city, index) => unitText(world, city, index, homes[index] ?? []));
  const cities = world.cities.map(
    ({ dataCenters }, index) => `  c${index}: [${dataCentersOf(index, dataCenters).join(', ')}]`,
  );
  return [
    'realm: world',
    `shards: {hash: ${world.shards}}`,
    `survive: ${world.survive}`,
    'cities:',
    ...cities,
    'units:',
    ...units,
    'routes:',
    `  - {name: users, path: /*, kind: R, identity: [{cookie: uid}], priority: ${world.priority}}`,
    '',
  ].join('\n');
}

function dataCentersOf(city: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `c${city}-d${index}`);
}

function unitText(
  world: RulesetWorld,
  city: RulesetWorld['cities'][number],
  index: number,
  home: readonly string[],
): string {
  const names = dataCentersOf(index, city.dataCenters);
  const first = names.length === 1 ? 100 : city.weight;
  const cells = names.map((dataCenter, cell) => {
    const weight = cell === 0 ? first : cell === 1 ? 100 - first : 0;
    return `      U${index}-${cell}: {dataCenter: ${dataCenter}, weight: ${weight}}`;
  });
  const others = world.cities.map((_, other) => `U${other}`).filter((id) => id !== `U${index}`);
  return [
    `  U${index}:`,
    '    kind: R',
    `    home: ${home.length === 0 ? '[]' : home.join(', ')}`,
    `    primary: ${names[0]}`,
    '    cells:',
    ...cells,
    `    remoteTargets: [${others.join(', ')}]`,
    `    capacity: ${world.shards}`,
  ].join('\n');
}
