import type { Epoch } from '../ids.ts';
import { countShards } from '../loss/shard-run.ts';
import { distinctPlaces, lineagesAt, type Move, type Operation, placeKey, withNote } from './operation.ts';
import { eachShard, runsOf } from './runs.ts';

/** The operation took the shard over from one that had granted it and never released it: nobody was ever served by that owner. */
export function isUnreleased(operation: Operation, shard: number): boolean {
  return lineagesAt(operation, shard).length > 1;
}

/**
 * The record of an operation that is aborted at `epoch`: it is over, unless it took over shards that were granted and never
 * released. For these there is no owner of before that could serve: the operation whose grant it was has ended, or will. So they are
 * granted to the same copy anew, and this operation itself promotes and releases it, for as long as that takes
 * (docs/decisions/015-abort-after-take-over.md). An emergency may take them over once more.
 */
export function handBack(operation: Operation, epoch: Epoch): Operation {
  const moves = operation.moves.flatMap((move) => backTo(operation, move));
  if (moves.length === 0) return operation;
  const going = { ...operation, outcome: null, grantEpoch: epoch, moves, weights: [], lost: [] };
  return withNote({ ...going, step: 'promote' }, inWords(moves));
}

function inWords(moves: readonly Move[]): string {
  const shards = countShards(moves.flatMap((move) => move.shards));
  const places = distinctPlaces(moves.map(({ to }) => to)).map(placeKey);
  return `${shards} shards had been granted to ${places.join(', ')} and never released, so they are granted there anew`;
}

function backTo(operation: Operation, { shards, from, to, candidates, copies }: Move): Move[] {
  const left = [...eachShard(shards)].filter((shard) => isUnreleased(operation, shard));
  if (left.length === 0) return [];
  const others = distinctPlaces([to, ...candidates, ...copies]).filter((place) => placeKey(place) !== placeKey(from));
  return [{ shards: runsOf(left), from, to: from, candidates: [], copies: others }];
}
