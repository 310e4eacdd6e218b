import type { Operation } from './operation.ts';
import { placeKey } from './operation.ts';
import type { GateCall, OperationEvent } from './operation-event.ts';
import { newProgress, type Progress, type RunningOperation } from './progress.ts';
import { callKey, settle, type Turn } from './turn.ts';

/** Puts an event into the progress; returns the operation anew if the event says that its record changed. */
export function absorb(turn: Turn, event: OperationEvent): RunningOperation | null {
  switch (event.type) {
    case 'Tick':
      return null;
    case 'StepWritten':
      return entered(turn, event.operation);
    case 'OperationRead':
      return reread(turn, event.operation);
    case 'WriteRefused':
      return refused(turn, event.reason);
    case 'WriteUnknown':
    case 'ReadFailed':
      return uncertain(turn, event.type);
    case 'AbortRequested':
      turn.progress = { ...turn.progress, abort: { author: event.author, reason: event.reason } };
      return null;
    case 'DataLossAccepted':
      turn.progress = { ...turn.progress, acceptedBy: event.author };
      return null;
    case 'TargetsChecked':
      turn.progress = { ...turn.progress, problems: event.problems };
      return null;
    default:
      return answered(turn, event);
  }
}

type Answer = Exclude<
  OperationEvent,
  {
    type:
      | 'Tick'
      | 'StepWritten'
      | 'OperationRead'
      | 'WriteRefused'
      | 'WriteUnknown'
      | 'ReadFailed'
      | 'AbortRequested'
      | 'DataLossAccepted'
      | 'TargetsChecked';
  }
>;

/** Answers to another epoch are those of an operation or a step of the past. */
function answered(turn: Turn, event: Answer): null {
  const { freezeEpoch, grantEpoch } = turn.operation;
  if (event.type === 'GuardsDrained') {
    if (event.epoch === freezeEpoch) turn.progress = { ...turn.progress, isDrained: true };
    return null;
  }
  const call = callOf(event);
  const wanted = call === 'promote' || call === 'follow' ? grantEpoch : freezeEpoch;
  if (event.epoch !== wanted) return null;
  const key = callKey(call, event.place);
  if (event.type === 'PositionsRead' && turn.progress.calls[key] !== undefined) {
    const { positions, isSynchronous } = event;
    turn.progress = {
      ...turn.progress,
      positions: { ...turn.progress.positions, [placeKey(event.place)]: { positions, isSynchronous } },
    };
  }
  settle(turn, key, event.type === 'GateFailed' ? event : null);
  return null;
}

function callOf(event: Exclude<Answer, { type: 'GuardsDrained' }>): GateCall {
  switch (event.type) {
    case 'GateFailed':
      return event.call;
    case 'SourceFenced':
      return 'fence';
    case 'PositionsRead':
      return 'position';
    case 'TargetCaughtUp':
      return 'caughtUp';
    case 'TargetPromoted':
      return 'promote';
    case 'SourceFollowed':
      return 'follow';
  }
}

/** The response of our own transaction. W of a freeze begins here, at the response, not at the sending. */
function entered(turn: Turn, operation: Operation): RunningOperation | null {
  const { operation: before, progress, now } = turn;
  if (operation.stepSequence <= before.stepSequence) return null;
  const isFreeze = before.freezeEpoch === null && operation.freezeEpoch !== null;
  if (isFreeze) return { operation, progress: wishes(newProgress(now, operation.deadlines.freezeCapMs), progress) };
  const { frozenFrom, freezeCapMs, isDrained, writing } = progress;
  const wished = writing?.type === 'WriteAbort' ? { ...progress, abort: null } : progress;
  return {
    operation,
    progress: { ...wishes(newProgress(now, freezeCapMs), wished), frozenFrom, isDrained },
  };
}

/** The record as it is: either nothing was written yet, or something was, by us or by another controller of our term. */
function reread(turn: Turn, operation: Operation): RunningOperation | null {
  const { operation: before, progress, now } = turn;
  if (operation.stepSequence <= before.stepSequence) {
    turn.progress = { ...progress, writing: null, reading: null };
    return null;
  }
  const { freezeCapMs, takeoverAllowanceMs } = operation.deadlines;
  return { operation, progress: wishes(newProgress(now, Math.max(0, freezeCapMs - takeoverAllowanceMs)), progress) };
}

/** What people asked for outlives a step. */
function wishes(progress: Progress, { abort, acceptedBy }: Progress): Progress {
  return { ...progress, abort, acceptedBy };
}

function refused(turn: Turn, reason: string): null {
  const { progress, now } = turn;
  if (progress.writing === null) return null;
  turn.progress = {
    ...progress,
    writing: null,
    refused: { ...progress.refused, [progress.writing.type]: reason },
    refusedAt: now.monotonic,
  };
  return null;
}

function uncertain(turn: Turn, type: 'WriteUnknown' | 'ReadFailed'): null {
  const { progress, now } = turn;
  if (progress.writing === null) return null;
  if (type === 'WriteUnknown') {
    if (progress.reading === null) {
      const at = now.monotonic;
      const reading = { state: 'asked', firstAt: at, at, heardAt: at, detail: '', isSuperseded: false } as const;
      turn.progress = { ...progress, reading };
      turn.effects.push({ type: 'ReadOperation' });
    }
  } else if (progress.reading !== null) {
    turn.progress = { ...progress, reading: { ...progress.reading, state: 'failed', at: now.monotonic } };
  }
  return null;
}
