import { type Place, placeKey } from '../operation.ts';
import { capAt } from '../progress.ts';
import { abort, callKey, type Turn, write } from '../turn.ts';

/**
 * What ends or changes a freeze before the grant, whatever the step waits for; true if it did. An emergency has no cap: its
 * edges have let go of what they held long before W has passed.
 */
export function leaveFreeze(turn: Turn): boolean {
  const { operation, progress, now } = turn;
  if (progress.refused.WriteGrant !== undefined) {
    abort(turn, progress.refused.WriteGrant);
    return true;
  }
  if (progress.abort !== null) {
    abort(turn, `${progress.abort.author}: ${progress.abort.reason}`);
    return true;
  }
  if (!operation.isEmergency && now.monotonic >= capAt(turn)) {
    abort(turn, `not finished within the longest freeze (operations.freezeCapMs): ${waitingInWords(turn)}`);
    return true;
  }
  return false;
}

/** The calls that were not answered, in words. */
export function waitingInWords({ progress }: Turn): string {
  const open = Object.entries(progress.calls).filter(([, call]) => call.state !== 'done');
  return open.map(([key, { detail }]) => (detail === '' ? key : `${key} (${detail})`)).join(', ') || 'guards';
}

/**
 * A source's gate that is silent, or knows a higher epoch than the store: abort, or go on as an emergency, but only if that
 * was asked for. True if the step is left.
 */
export function leaveSilentSource(turn: Turn, call: 'fence' | 'position', sources: readonly Place[]): boolean {
  const { progress, operation, now } = turn;
  const { silentMs } = operation.deadlines;
  for (const place of sources) {
    const state = progress.calls[callKey(call, place)];
    if (state === undefined || state.state === 'done') continue;
    if (state.isSuperseded) {
      abort(turn, `the gate of ${placeKey(place)} knows a higher epoch than the store: ${state.detail}`);
      return true;
    }
    if (now.monotonic < state.firstAt + silentMs) continue;
    const seen = `the gate of ${placeKey(place)} did not answer ${call} within ${silentMs} ms (operations.silentMs)`;
    if (operation.options.emergencyWhenSilent) {
      write(turn, 'WriteStep', { step: 'drain', isEmergency: true }, `${seen}: goes on as an emergency`);
    } else abort(turn, seen);
    return true;
  }
  return false;
}
