import type { Epoch } from '../ids.ts';
import type { ShardRun } from '../loss/shard-run.ts';
import type { Operation, Place, ShardPosition } from './operation.ts';

/**
 * `WriteEnd` ends an operation that changes nothing (any more); it is refused while a shard still names the operation, so that
 * none is left behind.
 */
export type StepWriteType =
  | 'WriteStep'
  | 'WriteFreeze'
  | 'WriteGrant'
  | 'WriteRelease'
  | 'WriteAbort'
  | 'WriteShift'
  | 'WriteEnd';

/**
 * One transaction: it compares the controller's term, the head and the record's `stepSequence` with `expectedSequence`, and
 * writes table (all but WriteStep and WriteEnd), record and audit together. `applyStep` makes the table and completes the record.
 */
export interface StepWrite {
  readonly type: StepWriteType;
  readonly expectedSequence: number;
  readonly next: Operation;
}

/** A call of one data gate, or a question about one; all can be repeated. */
export interface GateEffect {
  readonly type: 'FenceSource' | 'ReadPositions' | 'PromoteTarget' | 'FollowSource';
  readonly place: Place;
  readonly shards: readonly ShardRun[];
  readonly epoch: Epoch;
}

/** What the runner is to do; every effect may be done twice, also by another controller. */
export type OperationEffect =
  | StepWrite
  | GateEffect
  /** Lag of the targets, their guards and gateways, safety rules once more. */
  | { readonly type: 'CheckTargets' }
  /** Watch the records of guards in the sources' data centers until all acknowledged `epoch`. */
  | { readonly type: 'AwaitDrain'; readonly units: readonly string[]; readonly epoch: Epoch }
  | {
      readonly type: 'AwaitCaughtUp';
      readonly place: Place;
      readonly epoch: Epoch;
      readonly positions: readonly ShardPosition[];
    }
  /** After a transaction whose outcome is open: linearizably. */
  | { readonly type: 'ReadOperation' }
  /** The record's grant is written: there is no way back but a new operation. */
  | { readonly type: 'RefuseAbort'; readonly reason: string };
