import { absorb } from './absorb-event.ts';
import { advance } from './advance.ts';
import type { Operation } from './operation.ts';
import type { OperationEffect } from './operation-effect.ts';
import type { OperationEvent } from './operation-event.ts';
import { type Instant, newProgress, type RunningOperation } from './progress.ts';
import type { Turn } from './turn.ts';

export interface MachineResult {
  readonly running: RunningOperation;
  readonly effects: readonly OperationEffect[];
}

/**
 * Takes over an operation at the response of a linearizable read of its record: at its creation, after a crash of another
 * controller, after a change of leader. W begins anew, because nobody can tell this clock when the freeze was written
 * [otherwise two owners after 7 steps], and the cap of the freeze is shorter by the time in which nobody was in charge.
 */
export function resume(operation: Operation, now: Instant): MachineResult {
  const { freezeCapMs, takeoverAllowanceMs } = operation.deadlines;
  const progress = newProgress(now, Math.max(0, freezeCapMs - takeoverAllowanceMs));
  return run({ operation, progress, now, effects: [] });
}

/**
 * One step of the operation (docs/ownership-protocol.md, "Planned move", "Emergency", "Same-city shift"). The caller carries
 * out the effects and brings back events; `now` is read after the event's cause, never before.
 */
export function step(running: RunningOperation, event: OperationEvent, now: Instant): MachineResult {
  const turn: Turn = { ...running, now, effects: [] };
  const entered = absorb(turn, event);
  return run(entered === null ? turn : { ...entered, now, effects: turn.effects });
}

function run(turn: Turn): MachineResult {
  advance(turn);
  const { operation, progress, effects } = turn;
  return { running: { operation, progress }, effects };
}
