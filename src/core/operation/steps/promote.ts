import type { Epoch } from '../../ids.ts';
import { distinctPlaces, type Place, shardsAt } from '../operation.ts';
import { ask, callKey, end, isAnswered, type Turn, write } from '../turn.ts';

/**
 * After the grant, which is on record: makes the targets' copies writable, as long as it takes. The release is one transaction
 * with the record that promote is done, so no edge sends what it holds to a copy that would refuse it. A target that is lost here
 * has taken no write yet; a new emergency takes its shards over, and this operation goes on with the shards of its other targets.
 */
export function promote(turn: Turn): Turn {
  const { moves, deadlines, grantEpoch } = turn.operation;
  const { refused, calls } = turn.progress;
  const epoch = grantEpoch as Epoch;
  if (refused.WriteRelease !== undefined) return end(turn, 'WriteEnd', 'aborted', refused.WriteRelease);
  const targets = distinctPlaces(moves.map(({ to }) => to));
  const isSuperseded = (place: Place): boolean => calls[callKey('promote', place)]?.isSuperseded === true;
  const [superseded] = targets.filter(isSuperseded).map((place) => calls[callKey('promote', place)]);
  // The gate knows better than this controller; whether the operation still counts, the table decides.
  if (superseded !== undefined && targets.every(isSuperseded) && refused.WriteEnd === undefined) {
    const isFresh = superseded.state === 'failed' && superseded.at === turn.now.monotonic;
    if (isFresh) return end(turn, 'WriteEnd', 'aborted', `superseded at the target’s gate: ${superseded.detail}`);
  }
  if (superseded !== undefined && targets.every((place) => isSuperseded(place) || isPromoted(turn, place))) {
    // Refused while a shard that is left out still names this operation.
    const left = moves.filter(({ to }) => !isSuperseded(to));
    if (left.length > 0)
      return write(turn, 'WriteRelease', { step: 'follow', moves: left }, `without: ${superseded.detail}`);
  }
  for (const place of targets) {
    const shards = shardsAt(moves, 'to', place);
    ask(turn, callKey('promote', place), { type: 'PromoteTarget', place, shards, epoch }, deadlines.retryMs);
  }
  if (targets.every((place) => isPromoted(turn, place))) {
    write(turn, 'WriteRelease', { step: 'follow' }, 'every target was promoted');
  }
  return turn;
}

function isPromoted(turn: Turn, place: Place): boolean {
  return isAnswered(turn, callKey('promote', place));
}
