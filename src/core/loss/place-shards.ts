import { cheapestFlow, type Way } from './cheapest-flow.ts';
import { countShards, type ShardRun, splitShards } from './shard-run.ts';

/** A unit that cannot keep its shards. */
export interface Demand {
  readonly unit: string;
  readonly shards: readonly ShardRun[];
  /** Units that may take them, the preferred one first. */
  readonly targets: readonly string[];
}

export interface ShardMove {
  readonly from: string;
  readonly to: string;
  readonly shards: readonly ShardRun[];
}

/** Why not all shards have a place: these units may use these targets only, and those have not enough room. */
export interface Shortage {
  readonly units: readonly string[];
  readonly targets: readonly string[];
  /** Shards of `units` that must move. */
  readonly shards: number;
  /** Shards that `targets` can take. */
  readonly room: number;
}

export interface Placement {
  readonly moves: readonly ShardMove[];
  /** Null: every shard has a place. */
  readonly shortage: Shortage | null;
}

/** More than any realm has shards; the room of a unit without a capacity. */
export const UNLIMITED_ROOM = 2 ** 31;

/**
 * Gives every shard that must move a target with room, if there is any way to do it, and among all ways prefers the
 * earlier targets of each unit. `room`: shards that a target can take on top of what it has; a target that is not named
 * there can take none.
 */
export function placeShards(demands: readonly Demand[], room: ReadonlyMap<string, number>): Placement {
  const targets = [...new Set(demands.flatMap((demand) => demand.targets))];
  const index = new Map(targets.map((target, position) => [target, position]));
  const ways = demands.flatMap((demand, source) =>
    demand.targets.map((target, rank): Way => ({ source, sink: index.get(target) ?? 0, cost: rank })),
  );
  const supply = demands.map((demand) => countShards(demand.shards));
  const rooms = targets.map((target) => Math.max(0, room.get(target) ?? 0));
  const flow = cheapestFlow(supply, rooms, ways);
  const moves = demands.flatMap((demand, source) => {
    const amounts = flow.amounts.filter((_, way) => ways[way]?.source === source);
    return movesOf(demand, amounts);
  });
  if (flow.tightSources.length === 0) return { moves, shortage: null };
  const sum = (indices: readonly number[], values: readonly number[]): number =>
    indices.reduce((total, position) => total + (values[position] ?? 0), 0);
  const shortage: Shortage = {
    units: flow.tightSources.map((source) => demands[source]?.unit ?? ''),
    targets: flow.tightSinks.map((sink) => targets[sink] ?? ''),
    shards: sum(flow.tightSources, supply),
    room: sum(flow.tightSinks, rooms),
  };
  return { moves, shortage };
}

/** Hands out a unit's shards in ascending order, the preferred target first. */
function movesOf(demand: Demand, amounts: readonly number[]): ShardMove[] {
  let rest = demand.shards;
  const moves: ShardMove[] = [];
  demand.targets.forEach((to, rank) => {
    const amount = amounts[rank] ?? 0;
    if (amount === 0) return;
    const { first, others } = splitShards(rest, amount);
    moves.push({ from: demand.unit, to, shards: first });
    rest = others;
  });
  return moves;
}
