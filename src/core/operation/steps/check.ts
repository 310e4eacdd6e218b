import { abort, ask, callKey, end, type Turn, write } from '../turn.ts';

/** Before the freeze: nothing has happened, so anything that speaks against the operation ends it. */
export function check(turn: Turn): Turn {
  const { operation, progress, now } = turn;
  const refusal = progress.refused.WriteFreeze ?? progress.refused.WriteShift;
  if (refusal !== undefined) return abort(turn, refusal);
  if (progress.abort !== null) return abort(turn, `${progress.abort.author}: ${progress.abort.reason}`);
  if (operation.moves.length === 0) return end(turn, 'WriteShift', 'done', 'weights changed');
  // A dead data center answers no questions, and waiting for it helps nobody.
  if (operation.isEmergency) return freeze(turn, 'emergency: not checked');
  if (progress.problems === null) {
    if (now.monotonic >= progress.stepFrom + operation.deadlines.checkMs) {
      return abort(turn, `the targets were not checked within ${operation.deadlines.checkMs} ms (operations.checkMs)`);
    }
    return ask(turn, callKey('check'), { type: 'CheckTargets' }, operation.deadlines.retryMs);
  }
  if (progress.problems.length > 0) return abort(turn, progress.problems.join('; '));
  return freeze(turn, 'targets alive, lag within its limit');
}

function freeze(turn: Turn, detail: string): Turn {
  return write(turn, 'WriteFreeze', { step: 'drain' }, detail);
}
