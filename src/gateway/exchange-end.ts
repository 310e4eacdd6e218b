import type { Decision } from '../core/decide.ts';
import type { ErrorCode } from '../errors.ts';
import type { RequestFacts, RequestPlan } from './request-plan.ts';

/** How an exchange ended, for the one place that counts and logs. */
export interface ExchangeEnd {
  readonly facts: RequestFacts;
  /** Null if the request was refused before it was routed. */
  readonly plan: RequestPlan | null;
  readonly decision: Decision | null;
  /** Status that the client got; 499 if it left first. */
  readonly status: number;
  /** Null if the cell's answer was passed on whole. */
  readonly code: ErrorCode | null;
  readonly detail: string;
  readonly resends: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** How long it waited for a shard that was being moved. */
  readonly heldMs: number;
  readonly totalMs: number;
  /** From sending to the head of the answer; null if none came. */
  readonly upstreamMs: number | null;
}
