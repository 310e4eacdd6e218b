import { acknowledge } from './steps/acknowledge.ts';
import { catchUp } from './steps/catch-up.ts';
import { check } from './steps/check.ts';
import { choose } from './steps/choose.ts';
import { drain } from './steps/drain.ts';
import { follow } from './steps/follow.ts';
import { promote } from './steps/promote.ts';
import type { Turn } from './turn.ts';

/** Does whatever the operation's step allows now; called after every event, and again without one. */
export function advance(turn: Turn): Turn {
  if (turn.operation.outcome !== null || !isReady(turn)) return turn;
  refuseLateAbort(turn);
  switch (turn.operation.step) {
    case 'check':
      return check(turn);
    case 'drain':
      return drain(turn);
    case 'catchUp':
      return catchUp(turn);
    case 'choose':
      return choose(turn);
    case 'acknowledge':
      return acknowledge(turn);
    case 'promote':
      return promote(turn);
    case 'follow':
      return follow(turn);
    case 'ended':
      return turn;
  }
}

/** Nothing begins while the outcome of a transaction is open, or right after the table did not allow one. */
function isReady(turn: Turn): boolean {
  const { progress, now, operation } = turn;
  const { retryMs, followRetryMs } = operation.deadlines;
  if (progress.writing !== null) {
    const { reading } = progress;
    if (reading?.state === 'failed' && now.monotonic >= reading.at + retryMs) {
      turn.progress = { ...progress, reading: { ...reading, state: 'asked', at: now.monotonic } };
      turn.effects.push({ type: 'ReadOperation' });
    }
    return false;
  }
  if (progress.refused.WriteEnd === undefined || progress.refusedAt === null) return true;
  // The last resort was refused too: a shard still names the operation. Begin again from the table as it then is.
  if (now.monotonic < progress.refusedAt + followRetryMs) return false;
  turn.progress = { ...progress, refused: {}, refusedAt: null };
  return true;
}

function refuseLateAbort(turn: Turn): void {
  if (turn.progress.abort === null || turn.operation.grantEpoch === null) return;
  turn.progress = { ...turn.progress, abort: null };
  turn.effects.push({
    type: 'RefuseAbort',
    reason: `operation ${turn.operation.id} granted its shards at epoch ${turn.operation.grantEpoch}; start a new one to move them back`,
  });
}
