import { capAt, type RunningOperation, windowAt } from './progress.ts';

/**
 * Monotonic instant after `nowMs`, the instant of the last step, at which the machine needs a Tick if nothing else happens; null:
 * only an event helps. It may have passed by now: timers fire a little early, and then the next one is due at once.
 */
export function wakeAt(running: RunningOperation, nowMs: number): number | null {
  const later = instants(running).filter((instant) => instant > nowMs);
  return later.length === 0 ? null : Math.min(...later);
}

function instants(running: RunningOperation): number[] {
  const { operation, progress } = running;
  const { deadlines } = operation;
  if (operation.outcome !== null) return [];
  if (progress.writing !== null) {
    return progress.reading?.state === 'failed' ? [progress.reading.at + deadlines.retryMs] : [];
  }
  const retryMs = operation.step === 'follow' ? deadlines.followRetryMs : deadlines.retryMs;
  const open = Object.values(progress.calls).filter(({ state }) => state !== 'done');
  const retries = open.filter(({ state }) => state === 'failed').map(({ at }) => at + retryMs);
  const refusal = progress.refusedAt === null ? [] : [progress.refusedAt + deadlines.followRetryMs];
  const silences = Object.entries(progress.calls)
    .filter(([key, { state }]) => /^(fence|position|caughtUp) /.test(key) && state !== 'done')
    .map(([key, { firstAt, heardAt }]) => (key.startsWith('caughtUp') ? heardAt : firstAt) + deadlines.silentMs);
  return [...retries, ...refusal, ...stepInstants(running, silences)];
}

function stepInstants(running: RunningOperation, silences: readonly number[]): number[] {
  const { operation, progress } = running;
  const { deadlines, isEmergency } = operation;
  const cap = isEmergency ? [] : [capAt(running)];
  switch (operation.step) {
    case 'check':
      return [progress.stepFrom + deadlines.checkMs];
    case 'drain':
      return [windowAt(running), ...cap, ...silences];
    case 'catchUp':
      return [...cap, ...silences];
    case 'choose':
      return [progress.stepFrom + deadlines.chooseMs, progress.stepFrom + deadlines.chooseCapMs];
    case 'acknowledge':
      return [progress.stepFrom + deadlines.acknowledgeMs];
    case 'promote':
    case 'follow':
    case 'ended':
      return [];
  }
}
