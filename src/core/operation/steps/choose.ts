import type { Epoch } from '../../ids.ts';
import { chooseCopies } from '../choose-copies.ts';
import { distinctPlaces, type Place, placeKey } from '../operation.ts';
import { abort, ask, callKey, isAnswered, type Turn, write } from '../turn.ts';
import { leaveFreeze } from './frozen.ts';

/**
 * Emergency, after W: asks every copy that is left how far it is and takes the most advanced one of each shard. Puts on record
 * which, and which writes may be lost with the source; nothing is granted before that record.
 */
export function choose(turn: Turn): Turn {
  if (leaveFreeze(turn)) return turn;
  const { moves, deadlines, freezeEpoch, lineages } = turn.operation;
  const epoch = freezeEpoch as Epoch;
  const copies = distinctPlaces(moves.flatMap(({ to, candidates }) => [to, ...candidates]));
  for (const place of copies) {
    const shards = moves
      .filter(({ to, candidates }) => [to, ...candidates].some((copy) => placeKey(copy) === placeKey(place)))
      .flatMap((move) => move.shards);
    ask(turn, callKey('position', place), { type: 'ReadPositions', place, shards, epoch }, deadlines.retryMs);
  }
  const silent = copies.filter((place) => !isAnswered(turn, callKey('position', place)));
  const waitedMs = turn.now.monotonic - turn.progress.stepFrom;
  if (silent.length > 0 && waitedMs < deadlines.chooseMs) return turn;
  const choice = chooseCopies(moves, lineages, new Map(Object.entries(turn.progress.positions)));
  if (choice.missing.length === 0) {
    return write(turn, 'WriteStep', { step: 'acknowledge', moves: choice.moves, lost: choice.lost }, said(silent));
  }
  if (waitedMs >= deadlines.chooseCapMs) {
    abort(
      turn,
      `no copy can be used within ${deadlines.chooseCapMs} ms (operations.chooseCapMs): ${choice.missing.join('; ')}`,
    );
  }
  return turn;
}

function said(silent: readonly Place[]): string {
  const without = silent.length === 0 ? '' : `; without an answer: ${silent.map(placeKey).join(', ')}`;
  return `the most advanced copies were chosen${without}`;
}
