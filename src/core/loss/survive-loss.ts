import type { TopologyDocument, UnitDocument } from '../topology-document.ts';
import type { Loss } from './loss.ts';
import { type LossEffect, lossEffect } from './loss-effect.ts';
import { type Demand, type Placement, placeShards, UNLIMITED_ROOM } from './place-shards.ts';
import { countShards, type ShardRun } from './shard-run.ts';

/** A unit without shards of users (G, C) and the unit that stands in for it; null: none survives. */
export interface StandIn {
  readonly unit: string;
  readonly to: string | null;
}

export interface LossOutcome {
  /** Of every unit, in the order of the document. */
  readonly effects: ReadonlyMap<string, LossEffect>;
  /** Where the shards of the units that are gone go. */
  readonly placement: Placement;
  /** The unit that has the global shard, if it is gone. */
  readonly globalMove: StandIn | null;
  /** C units that are gone although a data center of their city is left, whose users they must serve. */
  readonly copies: readonly StandIn[];
}

/** What runs now, where it is not what the ruleset says. */
export interface Ownership {
  /** R shards by owner. */
  readonly shards: ReadonlyMap<string, readonly ShardRun[]>;
  readonly globalOwner: string | null;
  /** Data center that takes a unit's writes. */
  readonly primaries: ReadonlyMap<string, string>;
}

/** Everything at home, as the ruleset says. */
export function ownershipAtHome(document: TopologyDocument): Ownership {
  const ruled = document.units.filter((unit) => unit.kind === 'R');
  return {
    shards: new Map(ruled.map((unit) => [unit.id, unit.home])),
    globalOwner: document.units.find((unit) => unit.globalHome)?.id ?? null,
    primaries: new Map(document.units.flatMap((unit) => (unit.primary === null ? [] : [[unit.id, unit.primary]]))),
  };
}

/**
 * What a loss does to each unit and where the shards go that lose their owner. Data centers that are down already belong
 * into `loss.dataCenters` too.
 */
export function surviveLoss(
  document: TopologyDocument,
  loss: Loss,
  owned: Ownership = ownershipAtHome(document),
): LossOutcome {
  const lost = loss.dataCenters;
  const effects = new Map(
    document.units.map((unit) => [unit.id, lossEffect(unit, lost, owned.primaries.get(unit.id) ?? null)]),
  );
  const isGone = (unit: UnitDocument): boolean => effects.get(unit.id)?.type === 'gone';
  const isLeft = (id: string): boolean => (effects.get(id)?.type ?? 'gone') !== 'gone';
  const standIn = (unit: UnitDocument): StandIn => ({ unit: unit.id, to: unit.remoteTargets.find(isLeft) ?? null });
  const gone = document.units.filter(isGone);
  const globalUnit = gone.find((unit) => unit.id === owned.globalOwner);
  return {
    effects,
    placement: placeShards(demandsOf(gone, owned, isLeft), roomOf(document, owned)),
    globalMove: globalUnit === undefined ? null : standIn(globalUnit),
    copies: gone.filter((unit) => unit.kind === 'C' && hasCityLeft(document, unit, lost)).map(standIn),
  };
}

function demandsOf(gone: readonly UnitDocument[], owned: Ownership, isLeft: (id: string) => boolean): Demand[] {
  return gone
    .filter((unit) => unit.kind === 'R')
    .map((unit) => ({
      unit: unit.id,
      shards: owned.shards.get(unit.id) ?? [],
      targets: unit.remoteTargets.filter(isLeft),
    }))
    .filter((demand) => demand.shards.length > 0);
}

function roomOf(document: TopologyDocument, owned: Ownership): ReadonlyMap<string, number> {
  return new Map(
    document.units.map((unit) => {
      const load = countShards(owned.shards.get(unit.id) ?? []);
      return [unit.id, unit.capacity === null ? UNLIMITED_ROOM : unit.capacity - load];
    }),
  );
}

function hasCityLeft(document: TopologyDocument, unit: UnitDocument, lost: ReadonlySet<string>): boolean {
  const own = unit.cells[0]?.dataCenter;
  const city = document.cities.find((candidate) => own !== undefined && candidate.dataCenters.includes(own));
  return city?.dataCenters.some((dataCenter) => !lost.has(dataCenter)) ?? false;
}
