/** What happens inside a control node and fails no call: for its log and metrics. */
export type ControlEvent =
  /** The gateways' records could not be read; the last reading stays and nobody ages meanwhile. */
  | { readonly kind: 'edges-unreadable'; readonly error: unknown }
  /** A record under `edges/` that this version cannot use; told once per version of the record. */
  | { readonly kind: 'edge-record-bad'; readonly key: string; readonly reason: string }
  /** The record of a gateway that was silent for very long was deleted. */
  | { readonly kind: 'edge-removed'; readonly key: string; readonly silentMs: number }
  /** Chunks that no table names were deleted. */
  | { readonly kind: 'chunks-collected'; readonly count: number }
  | { readonly kind: 'chunks-not-collected'; readonly error: unknown }
  /** A ruleset was applied. */
  | { readonly kind: 'ruleset-applied'; readonly epoch: number; readonly author: string }
  /** This node carries operations out from now on, or does so no longer. */
  | { readonly kind: 'leadership-begun' | 'leadership-ended'; readonly term: number }
  /** Whether this node leads could not be found out; tried again. */
  | { readonly kind: 'leadership-unsure'; readonly error: unknown }
  /** A step of an operation is on record. */
  | { readonly kind: 'operation-step'; readonly id: string; readonly step: string; readonly detail: string }
  /** An operation has its outcome. */
  | {
      readonly kind: 'operation-ended';
      readonly id: string;
      readonly outcome: 'done' | 'aborted';
      readonly reason: string;
    }
  /** An operation cannot be carried out for now; tried again. */
  | { readonly kind: 'operation-stopped'; readonly id: string; readonly error: unknown }
  /** The leader's chores (reading records, removing overrides, old records, dead guards) failed for now. */
  | { readonly kind: 'operations-unreadable'; readonly error: unknown }
  /** The record of a guard that stood still for long was deleted; it is waited for during W, then it is closed. */
  | { readonly kind: 'guard-removed'; readonly key: string; readonly silentMs: number }
  /** The adoption of a restored store cannot be carried out for now; tried again. */
  | { readonly kind: 'adoption-stopped'; readonly error: unknown }
  /** An override reached its end. */
  | { readonly kind: 'override-expired'; readonly unit: string; readonly epoch: number }
  /** A call failed by a bug of ours. */
  | { readonly kind: 'call-failed'; readonly method: string; readonly path: string; readonly error: unknown };

export type ControlObserver = (event: ControlEvent) => void;
