import type { MonotonicMs } from '../ids.ts';
import type { Operation, ShardPosition } from './operation.ts';
import type { StepWrite, StepWriteType } from './operation-effect.ts';

/** A moment as the machine needs it: decisions use `monotonic` only, `wall` goes into records for people. */
export interface Instant {
  readonly monotonic: MonotonicMs;
  readonly wall: number;
}

/** A call of a gate, or a question, under way. */
export interface Call {
  readonly state: 'asked' | 'failed' | 'done';
  readonly firstAt: MonotonicMs;
  /** When it was asked last, or failed last. */
  readonly at: MonotonicMs;
  /** Last sign of life of whoever was asked: an answer, be it that the copy is not there yet; before any, when it was asked first. */
  readonly heardAt: MonotonicMs;
  /** What went wrong last; empty: nothing yet. */
  readonly detail: string;
  readonly isSuperseded: boolean;
}

export interface CopyPositions {
  readonly positions: readonly ShardPosition[];
  readonly isSynchronous: boolean;
}

/**
 * What only this controller knows: answers of this step, and instants of its own monotonic clock, which mean nothing to the
 * next one. Nothing here may be needed to go on after a crash.
 */
export interface Progress {
  /** W and the freeze's cap count from here: the response of the freeze, or the read of a controller that took over. */
  readonly frozenFrom: MonotonicMs;
  readonly freezeCapMs: number;
  readonly stepFrom: MonotonicMs;
  readonly writing: StepWrite | null;
  /** `asked`: a read is under way because the outcome of `writing` is open. */
  readonly reading: Call | null;
  /** Transactions of this step that the table does not allow, and when that was found. */
  readonly refused: Readonly<Partial<Record<StepWriteType, string>>>;
  readonly refusedAt: MonotonicMs | null;
  readonly problems: readonly string[] | null;
  readonly isDrained: boolean;
  readonly calls: Readonly<Record<string, Call>>;
  readonly positions: Readonly<Record<string, CopyPositions>>;
  readonly abort: { readonly author: string; readonly reason: string } | null;
  readonly acceptedBy: string | null;
}

/** An operation in the hands of a controller. */
export interface RunningOperation {
  readonly operation: Operation;
  readonly progress: Progress;
}

/** At the beginning of a step that `now` was entered, or read from the record. */
export function newProgress(now: Instant, freezeCapMs: number): Progress {
  return {
    frozenFrom: now.monotonic,
    freezeCapMs,
    stepFrom: now.monotonic,
    writing: null,
    reading: null,
    refused: {},
    refusedAt: null,
    problems: null,
    isDrained: false,
    calls: {},
    positions: {},
    abort: null,
    acceptedBy: null,
  };
}

export function capAt({ progress }: RunningOperation): number {
  return progress.frozenFrom + progress.freezeCapMs;
}

export function windowAt({ operation, progress }: RunningOperation): number {
  return progress.frozenFrom + operation.deadlines.windowMs;
}
