import type { MonotonicMs } from '../ids.ts';
import { type Operation, type OperationOutcome, type Place, placeKey } from './operation.ts';
import type { OperationEffect, StepWriteType } from './operation-effect.ts';
import type { GateProblem } from './operation-event.ts';
import type { Call, Instant, Progress, RunningOperation } from './progress.ts';

/** One call of the machine while it is worked out: `progress` is replaced, effects are collected. */
export interface Turn extends RunningOperation {
  readonly operation: Operation;
  progress: Progress;
  readonly now: Instant;
  readonly effects: OperationEffect[];
}

type CallKind = 'check' | 'drain' | 'fence' | 'position' | 'caughtUp' | 'promote' | 'follow';

export function callKey(kind: CallKind, place?: Place): string {
  return place === undefined ? kind : `${kind} ${placeKey(place)}`;
}

/** Makes a call that was not made in this step yet, or failed `retryMs` ago. */
export function ask(turn: Turn, key: string, effect: OperationEffect, retryMs: number): Turn {
  const call = turn.progress.calls[key];
  const { monotonic } = turn.now;
  if (call !== undefined && !(call.state === 'failed' && monotonic >= call.at + retryMs)) return turn;
  const { firstAt, heardAt, detail } = call ?? { firstAt: monotonic, heardAt: monotonic, detail: '' };
  setCall(turn, key, { state: 'asked', firstAt, at: monotonic, heardAt, detail, isSuperseded: false });
  turn.effects.push(effect);
  return turn;
}

export function setCall(turn: Turn, key: string, call: Call): void {
  turn.progress = { ...turn.progress, calls: { ...turn.progress.calls, [key]: call } };
}

export function isAnswered(turn: Turn, key: string): boolean {
  return turn.progress.calls[key]?.state === 'done';
}

/** Marks a call as answered or failed; an answer to a call that this controller never made in this step changes nothing. */
export function settle(turn: Turn, key: string, failure: { detail: string; problem: GateProblem } | null): void {
  const call = turn.progress.calls[key];
  if (call === undefined || call.state === 'done') return;
  const at: MonotonicMs = turn.now.monotonic;
  if (failure === null) {
    setCall(turn, key, { ...call, state: 'done', at, heardAt: at, detail: '' });
    return;
  }
  const { detail, problem } = failure;
  const heardAt = problem === 'silent' ? call.heardAt : at;
  setCall(turn, key, { ...call, state: 'failed', at, heardAt, detail, isSuperseded: problem === 'superseded' });
}

/** Sends the transaction that ends this step. Until its outcome is known nothing else begins. */
export function write(turn: Turn, type: StepWriteType, changes: Partial<Operation>, detail: string): Turn {
  const { operation, now } = turn;
  const result = { step: operation.step, endedAt: now.wall, detail };
  const next: Operation = {
    ...operation,
    ...changes,
    stepSequence: operation.stepSequence + 1,
    results: [...operation.results, result],
  };
  const effect = { type, expectedSequence: operation.stepSequence, next } as const;
  turn.progress = { ...turn.progress, writing: effect };
  turn.effects.push(effect);
  return turn;
}

/** Ends the operation with a transaction that leaves none of its shards behind. */
export function end(turn: Turn, type: StepWriteType, kind: OperationOutcome['kind'], reason: string): Turn {
  return write(turn, type, { step: 'ended', outcome: { kind, reason } }, reason);
}

/** Takes the freeze back: ACTIVE at the owner of before. Where the table does not hold it (any more), only the record ends. */
export function abort(turn: Turn, reason: string): Turn {
  const isPastTable = turn.progress.refused.WriteAbort !== undefined || turn.operation.freezeEpoch === null;
  return end(turn, isPastTable ? 'WriteEnd' : 'WriteAbort', 'aborted', reason);
}
