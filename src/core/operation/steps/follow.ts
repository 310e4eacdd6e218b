import type { Epoch } from '../../ids.ts';
import type { ShardRun } from '../../loss/shard-run.ts';
import { distinctPlaces, type Move, type Place, placeKey } from '../operation.ts';
import { ask, callKey, end, isAnswered, type Turn } from '../turn.ts';

/**
 * The shards are served again. Every other copy is made to follow the new owner, because one that was not is never a target
 * again; after an emergency the loser is fenced first, whenever it returns. A gate that knows a higher epoch was told by a later
 * operation already. The operation holds no shard any more and stops nobody.
 */
export function follow(turn: Turn): Turn {
  const { moves, deadlines, freezeEpoch, grantEpoch, isEmergency } = turn.operation;
  const sources = new Set(moves.map(({ from }) => placeKey(from)));
  const copies = distinctPlaces(moves.flatMap(followersOf));
  for (const place of copies) {
    const shards = moves.filter((move) => isFollower(move, place)).flatMap((move) => move.shards);
    const isFencedFirst = isEmergency && sources.has(placeKey(place));
    if (isFencedFirst) fence(turn, place, shards, freezeEpoch as Epoch);
    if (isFencedFirst && !isOver(turn, 'fence', place)) continue;
    const effect = { type: 'FollowSource', place, shards, epoch: grantEpoch as Epoch } as const;
    if (!isOver(turn, 'follow', place)) ask(turn, callKey('follow', place), effect, deadlines.followRetryMs);
  }
  if (copies.every((place) => isOver(turn, 'follow', place))) {
    end(turn, 'WriteEnd', 'done', 'every copy follows its new owner');
  }
  return turn;
}

function fence(turn: Turn, place: Place, shards: readonly ShardRun[], epoch: Epoch): Turn {
  if (isOver(turn, 'fence', place)) return turn;
  const { followRetryMs } = turn.operation.deadlines;
  return ask(turn, callKey('fence', place), { type: 'FenceSource', place, shards, epoch }, followRetryMs);
}

function isOver(turn: Turn, call: 'fence' | 'follow', place: Place): boolean {
  const key = callKey(call, place);
  return isAnswered(turn, key) || turn.progress.calls[key]?.isSuperseded === true;
}

function followersOf({ from, to, candidates, copies }: Move): Place[] {
  return [from, ...candidates, ...copies].filter((place) => placeKey(place) !== placeKey(to));
}

function isFollower(move: Move, place: Place): boolean {
  return followersOf(move).some((follower) => placeKey(follower) === placeKey(place));
}
