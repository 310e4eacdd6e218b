import type { Instant, RunningOperation } from '../../core/operation/progress.ts';
import { capAt, windowAt } from '../../core/operation/progress.ts';
import type { WaitingView } from '../api-types.ts';

/** What an operation in the hands of this node waits for, and until when, on the wall clock. `guards`: those not drained yet. */
export function waitingView(running: RunningOperation, guards: readonly string[], now: Instant): WaitingView | null {
  if (running.operation.outcome !== null) return null;
  const until = untilOf(running);
  return {
    for: waitsFor(running, guards),
    until: until === null ? null : Math.round(now.wall + (until - now.monotonic)),
  };
}

function waitsFor({ operation, progress }: RunningOperation, guards: readonly string[]): string[] {
  if (progress.writing !== null) return ['the store'];
  const open = Object.entries(progress.calls)
    .filter(([key, call]) => call.state !== 'done' && key !== 'drain' && key !== 'check')
    .map(([key, { detail }]) => (detail === '' ? key : `${key} (${detail})`));
  switch (operation.step) {
    case 'check':
      return ['lag and liveness of the targets'];
    case 'drain':
      if (operation.isEmergency) return [`W, ${operation.deadlines.windowMs} ms, in which every old guard closes`];
      return [...open, ...(progress.isDrained ? [] : [guardsInWords(guards)])];
    case 'acknowledge':
      return ['somebody who accepts the range on record that may be lost'];
    default:
      return open;
  }
}

function guardsInWords(guards: readonly string[]): string {
  if (guards.length === 0) return 'guards, or W';
  const more = guards.length > 3 ? ` and ${guards.length - 3} more` : '';
  return `guards ${guards.slice(0, 3).join(', ')}${more}, or W`;
}

function untilOf(running: RunningOperation): number | null {
  const { operation, progress } = running;
  const { deadlines } = operation;
  switch (operation.step) {
    case 'check':
      return progress.stepFrom + deadlines.checkMs;
    case 'drain':
      return Math.min(windowAt(running), operation.isEmergency ? Number.POSITIVE_INFINITY : capAt(running));
    case 'catchUp':
      return capAt(running);
    case 'choose':
      return progress.stepFrom + deadlines.chooseCapMs;
    case 'acknowledge':
      return progress.stepFrom + deadlines.acknowledgeMs;
    default:
      return null;
  }
}
