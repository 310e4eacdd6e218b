/**
 * The bodies of the calls and answers about plans, operations, the switch and the audit (see api-types.ts). Shards are written
 * in ranges of names (`00-19,40,G`); instants are milliseconds since 1970 and for people only.
 */
import type { VersionView } from './version-view.ts';

/** What is asked for. `failover` and `failback` name either one data center or one city. */
export type PlanCall =
  | {
      readonly kind: 'failover';
      readonly dataCenter?: string;
      readonly city?: string;
      /** The data center does not answer: nothing is asked of it, copies are chosen after W. */
      readonly emergency?: boolean;
      /** Names of safety rules to override; only an admin may start such a plan. */
      readonly overrides?: readonly string[];
    }
  | {
      readonly kind: 'failback';
      readonly dataCenter?: string;
      readonly city?: string;
      readonly overrides?: readonly string[];
    }
  | {
      readonly kind: 'move';
      /** `00-09`, `07,40-42`, `G`. */
      readonly shards: string;
      /** Unit. */
      readonly to: string;
      readonly emergency?: boolean;
      readonly overrides?: readonly string[];
    }
  | {
      readonly kind: 'shift';
      readonly unit: string;
      /** Cells that are not named keep their weight; null: the override goes. */
      readonly weights: Readonly<Record<string, number>> | null;
      /** Milliseconds after which the override goes by itself; null or left out: never. */
      readonly forMs?: number | null;
      readonly overrides?: readonly string[];
    };

/** A copy of data: a unit's cell in one data center. */
export interface PlaceView {
  readonly unit: string;
  readonly dataCenter: string;
}

export interface MoveView {
  readonly shards: string;
  readonly count: number;
  readonly from: PlaceView;
  readonly to: PlaceView;
  /** Copies that an emergency may choose instead. */
  readonly candidates: readonly PlaceView[];
  /** Other copies, which follow the new owner afterwards. */
  readonly copies: readonly PlaceView[];
}

export interface WeightChangeView {
  readonly unit: string;
  /** Null: the override goes, the ruleset's weights come back. */
  readonly weights: Readonly<Record<string, number>> | null;
  readonly expiresAt: number | null;
}

export interface UnitLoadView {
  readonly unit: string;
  /** Shards. */
  readonly before: number;
  readonly after: number;
  /** Null: not limited. */
  readonly capacity: number | null;
}

export interface SafetyVerdictView {
  readonly rule: string;
  readonly verdict: 'satisfied' | 'overridden' | 'refused';
  readonly seen: string;
  readonly limit: string;
  /** Name of the setting; null: none. */
  readonly setting: string | null;
  /** What would satisfy it; empty if it is. */
  readonly next: string;
}

/** Whether a data center answers, from its gateways' records and its data gate (asked within a bounded time). */
export interface DataCenterReachView {
  readonly dataCenter: string;
  /** `partly`: gateways live but the gate is silent, or the other way round. `unknown`: neither is known to this node yet. */
  readonly answers: 'yes' | 'partly' | 'no' | 'unknown';
  readonly gateways: { readonly alive: number; readonly known: number };
  /** Null: no gate of it is configured (`gates`). */
  readonly gate: { readonly answers: boolean; readonly detail: string; readonly ms: number } | null;
}

/** `kind` of an operation as it is carried out; a failover becomes one of the others. */
export type OperationKindView = 'move' | 'primary' | 'emergency' | 'failback' | 'shift';

/** What an operation would do. To start it, send the whole of it back with `POST /v1/operations`. */
export interface PlanAnswer extends VersionView {
  readonly call: PlanCall;
  readonly kind: OperationKindView;
  readonly moves: readonly MoveView[];
  readonly weights: readonly WeightChangeView[];
  /** C units that are gone, and whose copy answers instead; null: none is left. */
  readonly standIns: readonly { readonly unit: string; readonly to: string | null }[];
  /** Shards that cannot stay and have nowhere to go. */
  readonly homeless: readonly { readonly unit: string; readonly shards: string; readonly reason: string }[];
  readonly loads: readonly UnitLoadView[];
  readonly movedShards: number;
  /** Share of users whose writes pause, 0 to 1. */
  readonly usersAffected: number;
  /** Expected pause of writes of the moved shards, milliseconds; 0: nothing pauses. */
  readonly pauseMs: number;
  readonly verdicts: readonly SafetyVerdictView[];
  /** No rule refuses it. */
  readonly allowed: boolean;
  /** The data centers that shards leave. */
  readonly sources: readonly DataCenterReachView[];
  /** The data centers that shards go to. */
  readonly targets: readonly DataCenterReachView[];
  /** A sentence if a source does not answer: this plan cannot work as it is, and an emergency can; else null. */
  readonly emergencyOffer: string | null;
  /** An emergency whose copies may lack acknowledged writes: it stops before the grant until somebody accepts the recorded range. */
  readonly mayLoseData: boolean;
}

/** Body of `POST /v1/operations`; header Idempotency-Key is required. */
export interface StartCall {
  /** As `POST /v1/plans` answered it. Refused with CONFLICT if the same question has another answer by now. */
  readonly plan: PlanAnswer;
  readonly reason?: string;
  /** Beforehand; else an emergency waits for `…/accept-data-loss` if something may be lost. */
  readonly acceptDataLoss?: boolean;
  /** A planned move whose source's gate is silent goes on as an emergency instead of aborting. */
  readonly emergencyWhenSilent?: boolean;
}

export interface StartAnswer {
  /** `again`: this Idempotency-Key started it before. */
  readonly outcome: 'started' | 'again';
  readonly operation: OperationView;
}

export type OperationStepView =
  | 'check'
  | 'drain'
  | 'catchUp'
  | 'choose'
  | 'acknowledge'
  | 'promote'
  | 'follow'
  | 'ended';

export interface StepView {
  readonly step: OperationStepView;
  readonly startedAt: number;
  /** Null: it is the present one. */
  readonly endedAt: number | null;
  /** What ended it. */
  readonly detail: string;
}

/** What the present step waits for. */
export interface WaitingView {
  /** In words: `fence RZ05@sz-a (no answer within 1000 ms)`, `guards`, `W`. */
  readonly for: readonly string[];
  /** When it gives up, or goes on without; null: never. */
  readonly until: number | null;
}

/** Writes of these shards after `afterOffset` of `lineage` were possibly acknowledged and are not in the chosen copy. */
export interface LostRangeView {
  readonly shards: string;
  readonly count: number;
  readonly place: PlaceView;
  readonly lineage: number;
  readonly afterOffset: number;
}

export interface OperationView {
  readonly id: string;
  readonly incarnation: string;
  readonly kind: OperationKindView;
  readonly isEmergency: boolean;
  readonly step: OperationStepView;
  /** Grows with every change of the record. */
  readonly sequence: number;
  readonly author: string;
  readonly reason: string;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly moves: readonly MoveView[];
  readonly weights: readonly WeightChangeView[];
  readonly movedShards: number;
  readonly overriddenRules: readonly string[];
  readonly acceptsDataLoss: boolean;
  /** ID of the operation that this emergency replaces; null: none. */
  readonly supersedes: readonly string[];
  readonly freezeEpoch: number | null;
  readonly grantEpoch: number | null;
  readonly steps: readonly StepView[];
  readonly lost: readonly LostRangeView[];
  /** Null once it has ended. */
  readonly waiting: WaitingView | null;
  /** An abort that was asked for and is not carried out yet. */
  readonly abortAskedBy: string | null;
  /** Its shards take writes at their new owner; what is left (`follow`) stops nobody, and after an emergency may take days. */
  readonly isReleased: boolean;
  /** From the freeze to the release by the records, milliseconds; null: not (yet) frozen or released. */
  readonly frozenMs: number | null;
  readonly outcome: { readonly kind: 'done' | 'aborted'; readonly reason: string } | null;
}

export interface OperationsAnswer {
  /** Those under way first, then newest first. */
  readonly operations: readonly OperationView[];
  /** Control node that carries operations out; null: none is known. */
  readonly leader: { readonly node: string; readonly term: number } | null;
}

/** Body of `POST /v1/operations/{id}/abort` and `…/accept-data-loss`; both answer with the OperationView. */
export interface WishCall {
  readonly reason?: string;
}

/**
 * `GET /v1/operations/{id}/events` (text/event-stream). Each event's data is an OperationView: `operation` at the beginning and
 * at each change of step or of what it waits for, `end` when it has its outcome, after which the stream ends. A comment comes
 * every few seconds. `failed`: data is an ErrorAnswer; the stream ends, ask again.
 */
export type OperationEventName = 'operation' | 'end' | 'failed';

/** Body of `PUT /v1/freeze-all`. */
export interface FreezeAllCall {
  readonly on: boolean;
  readonly reason?: string;
}

export interface FreezeAllAnswer {
  readonly on: boolean;
  /** Null: it was never touched. */
  readonly author: string | null;
  readonly reason: string;
  readonly at: number | null;
}

export interface AuditRecordView {
  readonly epoch: number;
  readonly incarnation: string;
  readonly at: number;
  readonly author: string;
  readonly role: string;
  readonly action: string;
  readonly reason: string;
  /** ID of the apply or of the operation. */
  readonly id: string;
  readonly changes: readonly string[];
  readonly hash: string;
}

export interface AuditAnswer {
  /** Newest first. */
  readonly records: readonly AuditRecordView[];
  /** Value of `before` for the next page; null: no more. */
  readonly next: number | null;
}

export interface AuditVerifyAnswer {
  readonly whole: boolean;
  readonly count: number;
  readonly first: number | null;
  readonly last: number | null;
  /** The first record that does not fit, in words; null: the chain is whole. */
  readonly problem: string | null;
}

/** With OPERATION_REFUSED: the rules that refuse. With PLAN_IMPOSSIBLE: what to do. */
export interface RefusalView {
  readonly verdicts: readonly SafetyVerdictView[];
  readonly next: string;
}
