import type { PlanCall } from '../../src/control/api-types.ts';

/** What an operator does in a scenario, as `ldc` would be called. */
export interface OperatorCommand {
  /** As it stands in the document: `failover dc sz-a --emergency`. */
  readonly text: string;
  readonly wish: OperatorWish;
}

export type OperatorWish =
  /** Plans, and starts what the plan says. Failover: with `emergency` already in the call. */
  | { readonly kind: 'start'; readonly call: PlanCall; readonly acceptDataLoss: boolean }
  /** Of the scenario's n-th operation. */
  | { readonly kind: 'abort'; readonly operation: number }
  | { readonly kind: 'acceptDataLoss'; readonly operation: number }
  | { readonly kind: 'freezeAll'; readonly on: boolean }
  /** Applies a ruleset under `rules/`. */
  | { readonly kind: 'apply'; readonly rules: string };
