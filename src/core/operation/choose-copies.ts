import type { ShardRun } from '../loss/shard-run.ts';
import {
  distinctPlaces,
  type Lineage,
  type LostRange,
  lineagesAt,
  type Move,
  type Place,
  placeKey,
  type ShardPosition,
} from './operation.ts';
import type { CopyPositions } from './progress.ts';
import { eachShard, runsOf } from './runs.ts';

export interface CopyChoice {
  /** The moves with their targets replaced by the chosen copies; split where shards of one move differ. */
  readonly moves: readonly Move[];
  /** Empty: provably nothing that was acknowledged is missing. */
  readonly lost: readonly LostRange[];
  /** Shards for which no copy can be used, in words. */
  readonly missing: readonly string[];
}

interface Chosen {
  readonly place: Place;
  readonly position: ShardPosition;
  readonly isSynchronous: boolean;
}

/**
 * The most advanced copy of each shard by (lineage, offset), among those whose lineage is one that the shard had with its last
 * owner; a higher number on another lineage means nothing [it lost a write after failover and failback: 22 steps]. Where copies
 * are equal the planned target stays, then the order of the candidates decides.
 */
export function chooseCopies(
  moves: readonly Move[],
  lineages: readonly Lineage[],
  answers: ReadonlyMap<string, CopyPositions>,
): CopyChoice {
  const byShard = new Map([...answers].map(([key, copy]) => [key, indexByShard(copy.positions)]));
  const moved = new Map<string, Group<Move>>();
  const lost = new Map<string, Group<LostRange>>();
  const missing: string[] = [];
  for (const move of moves) {
    const copies = distinctPlaces([move.to, ...move.candidates]);
    for (const shard of eachShard(move.shards)) {
      const allowed = lineagesAt({ lineages }, shard);
      let best: Chosen | null = null;
      for (const place of copies) {
        const position = byShard.get(placeKey(place))?.get(shard);
        if (position === undefined || !allowed.includes(position.lineage)) continue;
        const isSynchronous = answers.get(placeKey(place))?.isSynchronous ?? false;
        if (best === null || isAhead(position, best.position)) best = { place, position, isSynchronous };
      }
      if (best === null) missing.push(`shard ${shard} has no copy of lineage ${allowed.join(' or ')} that answers`);
      else {
        const others = copies.filter((copy) => copy !== best.place);
        const key = [move.from, best.place, ...others].map(placeKey).join(' ');
        addShard(moved, key, { ...move, shards: [], to: best.place, candidates: others }, shard);
        if (!best.isSynchronous) addLost(lost, best, shard);
      }
    }
  }
  return { moves: [...moved.values()].map(closed), lost: [...lost.values()].map(closed), missing };
}

/** Something about shards that are still being collected. */
interface Group<Of extends { readonly shards: readonly ShardRun[] }> {
  readonly of: Of;
  readonly shards: number[];
}

function addShard<Of extends { readonly shards: readonly ShardRun[] }>(
  groups: Map<string, Group<Of>>,
  key: string,
  of: Of,
  shard: number,
): void {
  const known = groups.get(key);
  if (known === undefined) groups.set(key, { of, shards: [shard] });
  else known.shards.push(shard);
}

function addLost(lost: Map<string, Group<LostRange>>, { place, position }: Chosen, shard: number): void {
  const { lineage, offset } = position;
  const range: LostRange = { shards: [], place, lineage, afterOffset: offset };
  addShard(lost, `${placeKey(place)} ${lineage} ${offset}`, range, shard);
}

function closed<Of extends { readonly shards: readonly ShardRun[] }>({ of, shards }: Group<Of>): Of {
  return { ...of, shards: runsOf(shards) };
}

function isAhead(a: ShardPosition, b: ShardPosition): boolean {
  return a.lineage > b.lineage || (a.lineage === b.lineage && a.offset > b.offset);
}

function indexByShard(positions: readonly ShardPosition[]): Map<number, ShardPosition> {
  return new Map(positions.map((position) => [position.shard, position]));
}
