import type { Epoch } from '../../ids.ts';
import type { ShardRun } from '../../loss/shard-run.ts';
import { distinctPlaces, type Place, placeKey, type ShardPosition, shardsAt } from '../operation.ts';
import { abort, ask, callKey, isAnswered, type Turn, write } from '../turn.ts';
import { leaveFreeze, leaveSilentSource } from './frozen.ts';

/**
 * Positions are asked for only now, with nothing in flight any more, and only of the sources' gates; then the targets reach
 * them. A controller that takes over asks for them again: they cannot grow. A target that is behind gets all the time that edges hold;
 * one that says nothing is waited for no longer than a silent source.
 */
export function catchUp(turn: Turn): Turn {
  if (leaveFreeze(turn)) return turn;
  const { moves, deadlines, freezeEpoch } = turn.operation;
  const epoch = freezeEpoch as Epoch;
  const sources = distinctPlaces(moves.map(({ from }) => from));
  for (const place of sources) {
    const shards = shardsAt(moves, 'from', place);
    ask(turn, callKey('position', place), { type: 'ReadPositions', place, shards, epoch }, deadlines.retryMs);
  }
  if (leaveSilentSource(turn, 'position', sources)) return turn;
  if (!sources.every((place) => isAnswered(turn, callKey('position', place)))) return turn;
  const targets = distinctPlaces(moves.map(({ to }) => to));
  for (const place of targets) {
    const positions = positionsFor(turn, sources, shardsAt(moves, 'to', place));
    ask(turn, callKey('caughtUp', place), { type: 'AwaitCaughtUp', place, epoch, positions }, deadlines.retryMs);
  }
  if (leaveSilentTarget(turn, targets)) return turn;
  if (!targets.every((place) => isAnswered(turn, callKey('caughtUp', place)))) return turn;
  return write(turn, 'WriteGrant', { step: 'promote' }, 'every target has every write of its source');
}

/** Positions of the shards that a target takes, whichever source has them. */
function leaveSilentTarget(turn: Turn, targets: readonly Place[]): boolean {
  const { silentMs } = turn.operation.deadlines;
  for (const place of targets) {
    const call = turn.progress.calls[callKey('caughtUp', place)];
    if (call === undefined || call.state === 'done' || turn.now.monotonic < call.heardAt + silentMs) continue;
    const seen = `the gate of ${placeKey(place)} did not answer caughtUp within ${silentMs} ms (operations.silentMs)`;
    abort(turn, call.detail === '' ? seen : `${seen}: ${call.detail}`);
    return true;
  }
  return false;
}

function positionsFor(turn: Turn, sources: readonly Place[], shards: readonly ShardRun[]): ShardPosition[] {
  const isWanted = (shard: number): boolean => shards.some(([from, to]) => shard >= from && shard <= to);
  return sources.flatMap((place) =>
    (turn.progress.positions[placeKey(place)]?.positions ?? []).filter(({ shard }) => isWanted(shard)),
  );
}
