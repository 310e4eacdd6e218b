import type { Epoch } from '../../ids.ts';
import { distinctPlaces, shardsAt } from '../operation.ts';
import { windowAt } from '../progress.ts';
import { ask, callKey, isAnswered, type Turn, write } from '../turn.ts';
import { leaveFreeze, leaveSilentSource } from './frozen.ts';

/**
 * Until nobody can write or acknowledge at the old owner: every guard acknowledged, or W passed, and then its gates fenced
 * (planned). An emergency takes W for it: of the guards of a dead data center there is no other proof.
 */
export function drain(turn: Turn): Turn {
  if (leaveFreeze(turn)) return turn;
  const { operation, progress, now } = turn;
  const { moves, isEmergency, options, deadlines } = operation;
  const epoch = operation.freezeEpoch as Epoch;
  const sources = distinctPlaces(moves.map(({ from }) => from));
  const units = [...new Set(sources.map(({ unit }) => unit))];
  ask(turn, callKey('drain'), { type: 'AwaitDrain', units, epoch }, deadlines.retryMs);
  const isRunOut = now.monotonic >= windowAt({ operation, progress });
  const waited = progress.isDrained ? 'every guard acknowledged' : `W, ${deadlines.windowMs} ms, passed`;
  if (isEmergency) {
    const isOver = options.needsAcknowledgements ? progress.isDrained : isRunOut;
    if (isOver) write(turn, 'WriteStep', { step: 'choose' }, options.needsAcknowledgements ? waited : 'W passed');
    return turn;
  }
  const isDrained = progress.isDrained || (isRunOut && !options.needsAcknowledgements);
  // Not earlier: a write that a guard admitted and the application has not begun would be refused by the fence, and its client
  // told so. Which of the two is first does not matter for safety: the position is asked for when both are true, and both stay.
  if (!isDrained) return turn;
  for (const place of sources) {
    const shards = shardsAt(moves, 'from', place);
    ask(turn, callKey('fence', place), { type: 'FenceSource', place, shards, epoch }, deadlines.retryMs);
  }
  if (leaveSilentSource(turn, 'fence', sources)) return turn;
  const isFenced = sources.every((place) => isAnswered(turn, callKey('fence', place)));
  if (isFenced) write(turn, 'WriteStep', { step: 'catchUp' }, `fenced; ${waited}`);
  return turn;
}
