import { distinctPlaces, type Place, placeKey } from '../operation/operation.ts';
import type { Topology, Unit } from '../topology.ts';
import type { ShardGroup } from './shard-group.ts';

/** Data centers of a unit's cells that are not down, in the order of its cells. */
export function dataCentersLeft(topology: Topology, unit: Unit, down: ReadonlySet<string>): string[] {
  const all = unit.cells.map((cell) => topology.dataCenters[cell.dataCenter]?.id ?? '');
  return [...new Set(all)].filter((dataCenter) => !down.has(dataCenter));
}

export function hasCellIn(topology: Topology, unit: Unit, dataCenters: ReadonlySet<string>): boolean {
  return unit.cells.some((cell) => dataCenters.has(topology.dataCenters[cell.dataCenter]?.id ?? ''));
}

/**
 * Where a unit takes writes of shards that come to it: where it takes those of its own now, else where the ruleset says, else in
 * the first data center that is left; null if none is.
 */
export function writingPlace(
  topology: Topology,
  unit: Unit,
  groups: readonly ShardGroup[],
  down: ReadonlySet<string>,
): Place | null {
  const left = dataCentersLeft(topology, unit, down);
  const now = groups.filter(({ owner }) => owner === unit).map(({ place }) => place.dataCenter);
  const ruled = topology.dataCenters[unit.primary]?.id ?? '';
  const dataCenter = [...now, ruled, ...left].find((candidate) => left.includes(candidate));
  return dataCenter === undefined ? null : { unit: unit.id, dataCenter };
}

/** Every place where data of these shards is kept while their owner has them: its own cells and its targets', and the home's. */
export function copiesOf(topology: Topology, { owner, home }: ShardGroup): Place[] {
  const around = [owner, home ?? owner].flatMap((unit) => [unit, ...targetsOf(topology, unit)]);
  return distinctPlaces(
    around.flatMap((unit) =>
      dataCentersLeft(topology, unit, new Set()).map((dataCenter) => ({ unit: unit.id, dataCenter })),
    ),
  );
}

export function targetsOf(topology: Topology, unit: Unit): Unit[] {
  return unit.remoteTargets.flatMap((index) => topology.units[index] ?? []);
}

/** Units that have a copy of these shards, preferred ones first. */
export function unitsWithCopy(topology: Topology, { owner, home }: ShardGroup): Unit[] {
  const all = [...targetsOf(topology, owner), ...(home === null ? [] : [home, ...targetsOf(topology, home)])];
  return [...new Set(all)].filter((unit) => unit !== owner);
}

export function without(places: readonly Place[], ...gone: readonly Place[]): Place[] {
  const keys = new Set(gone.map(placeKey));
  return places.filter((place) => !keys.has(placeKey(place)));
}
