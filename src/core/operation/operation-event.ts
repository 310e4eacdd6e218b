import type { Epoch } from '../ids.ts';
import type { Operation, Place, ShardPosition } from './operation.ts';

/** Calls of a data gate that the machine makes. */
export type GateCall = 'fence' | 'position' | 'caughtUp' | 'promote' | 'follow';

/** Why a call of a gate did not do what it should. `superseded`: the gate durably knows a higher epoch of these shards. */
export type GateProblem = 'silent' | 'behind' | 'superseded';

/** What happened, as the runner tells the machine. Events of gates carry the epoch of the call: late answers are ignored. */
export type OperationEvent =
  /** Time passed; to be sent at `wakeAt` at the latest. */
  | { readonly type: 'Tick' }
  /** Empty: targets are alive, their lag is small, nothing speaks against the freeze. */
  | { readonly type: 'TargetsChecked'; readonly problems: readonly string[] }
  /** The transaction's response: the record as it was written. */
  | { readonly type: 'StepWritten'; readonly operation: Operation }
  /** Nothing was written: the table is not as the operation expects (apply-step.ts). */
  | { readonly type: 'WriteRefused'; readonly reason: string }
  /** A comparison failed, or the answer was lost: it may or may not have been written, now or later. */
  | { readonly type: 'WriteUnknown' }
  /** Response of a linearizable read. */
  | { readonly type: 'OperationRead'; readonly operation: Operation }
  | { readonly type: 'ReadFailed' }
  | { readonly type: 'SourceFenced'; readonly place: Place; readonly epoch: Epoch }
  /** Every open guard boot of the old units acknowledged "nothing in flight" at this epoch. */
  | { readonly type: 'GuardsDrained'; readonly epoch: Epoch }
  | {
      readonly type: 'PositionsRead';
      readonly place: Place;
      readonly epoch: Epoch;
      readonly positions: readonly ShardPosition[];
      /** No write was ever acknowledged that this copy did not have (synchronous replication). */
      readonly isSynchronous: boolean;
    }
  | { readonly type: 'TargetCaughtUp'; readonly place: Place; readonly epoch: Epoch }
  | { readonly type: 'TargetPromoted'; readonly place: Place; readonly epoch: Epoch }
  | { readonly type: 'SourceFollowed'; readonly place: Place; readonly epoch: Epoch }
  | {
      readonly type: 'GateFailed';
      readonly call: GateCall;
      readonly place: Place;
      readonly epoch: Epoch;
      readonly problem: GateProblem;
      readonly detail: string;
    }
  | { readonly type: 'DataLossAccepted'; readonly author: string }
  | { readonly type: 'AbortRequested'; readonly author: string; readonly reason: string };
