import type { ShardRun } from '../loss/shard-run.ts';
import type { Move, OperationKind, WeightChange } from '../operation/operation.ts';
import type { SafetyVerdict } from './safety-verdict.ts';

/** Measured on this realm, or the defaults; in milliseconds. What the pause of a shard will be is made of them. */
export interface MeasuredTimes {
  /** One transaction of the store. */
  readonly transactionMs: number;
  /** Until all guards acknowledged a freeze. */
  readonly drainMs: number;
  /** One call of a data gate. */
  readonly gateCallMs: number;
  /** Replication lag of the slowest target. */
  readonly lagMs: number;
}

/** Shards of a unit before and after, against what it can serve; capacity null: not limited. */
export interface UnitLoad {
  readonly unit: string;
  readonly before: number;
  readonly after: number;
  readonly capacity: number | null;
}

/** Shards that cannot stay and have nowhere to go. */
export interface Homeless {
  readonly unit: string;
  /** `G` is among them as the index after the last shard. */
  readonly shards: readonly ShardRun[];
  readonly reason: string;
}

/** What happens to requests of a C unit that is gone: another city's copy answers them, nothing moves. */
export interface CopyStandIn {
  readonly unit: string;
  readonly to: string | null;
}

/** What an operation would do, before anybody agreed to it. */
export interface Plan {
  readonly kind: OperationKind;
  readonly moves: readonly Move[];
  readonly weights: readonly WeightChange[];
  readonly standIns: readonly CopyStandIn[];
  readonly homeless: readonly Homeless[];
  /** Units whose load changes or that lose a cell, in the order of the ruleset. */
  readonly loads: readonly UnitLoad[];
  readonly movedShards: number;
  /** Share of users whose shard is frozen for a moment, 0–1, if users are spread evenly. */
  readonly frozenShare: number;
  /** Expected pause of writes of the moved shards; 0 where nothing freezes. */
  readonly pauseMs: number;
  readonly verdicts: readonly SafetyVerdict[];
  /** A unit that serves without the store is among the sources: guards must acknowledge, W proves nothing. */
  readonly needsAcknowledgements: boolean;
}

export type PlanResult =
  | { readonly ok: true; readonly plan: Plan }
  /** Nothing can be planned: an unknown name, or nothing would change. `next` says what to do. */
  | { readonly ok: false; readonly reason: string; readonly next: string };
