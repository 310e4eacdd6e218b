import { abort, type Turn, write } from '../turn.ts';
import { leaveFreeze } from './frozen.ts';

/** Emergency: grants what is provably whole at once, anything else only when a person accepted the range on record. */
export function acknowledge(turn: Turn): Turn {
  if (leaveFreeze(turn)) return turn;
  const { operation, progress, now } = turn;
  const { options, lost, deadlines } = operation;
  if (lost.length === 0) return write(turn, 'WriteGrant', { step: 'promote' }, 'nothing acknowledged can be lost');
  if (options.acceptDataLoss)
    return write(turn, 'WriteGrant', { step: 'promote' }, 'data loss was accepted beforehand');
  if (progress.acceptedBy !== null) {
    const accepted = { ...options, acceptDataLoss: true };
    const detail = `${progress.acceptedBy} accepted the range that may be lost`;
    return write(turn, 'WriteGrant', { step: 'promote', options: accepted }, detail);
  }
  if (now.monotonic >= progress.stepFrom + deadlines.acknowledgeMs) {
    abort(turn, `nobody accepted the data loss within ${deadlines.acknowledgeMs} ms (operations.acknowledgeMs)`);
  }
  return turn;
}
