import type { CopyRole } from './gate-contract.ts';

/** Which of the two gates under test. */
export type Side = 'source' | 'target';

/**
 * One call of the conformance suite. `epoch` counts from the section's first epoch; `incarnation` is the realm's unless it
 * says `other`.
 */
export type StepCall =
  | {
      readonly call: 'fence';
      readonly epoch: number;
      readonly incarnation?: 'other';
      readonly adopts?: 'own' | 'other' | 'unknown';
    }
  /** `as`: the position is remembered under this name. */
  | { readonly call: 'position'; readonly epoch: number; readonly as?: string }
  /** `to`: a remembered position; `change` turns it into one that the copy cannot have reached. */
  | {
      readonly call: 'caughtUp';
      readonly epoch: number;
      readonly to: string;
      readonly waitMs: number;
      readonly change?: 'otherLineage' | 'farAhead';
    }
  /** The owner is the gate that is called. */
  | { readonly call: 'promote'; readonly epoch: number }
  /** The owner is the other gate. */
  | { readonly call: 'follow'; readonly epoch: number }
  | { readonly call: 'lag'; readonly epoch: number; readonly token?: 'wrong' }
  /** `holdMs`: sent, and not waited for before the step `join`. */
  | { readonly call: 'probe'; readonly epoch: number; readonly holdMs?: number }
  | { readonly call: 'join' };

export type Expectation =
  /** Answered as the contract says. */
  | 'answered'
  | 'refused'
  | 'executed'
  | 'notExecuted'
  | 'caughtUp'
  | 'notCaughtUp'
  | 'anything'
  | { readonly role: CopyRole }
  /** The position is the remembered one. */
  | { readonly at: string }
  /** The lineage is this epoch of the section. */
  | { readonly lineage: number };

export interface ConformanceStep {
  readonly on: Side;
  readonly does: StepCall;
  readonly expect: Expectation;
  /** What it means if it is otherwise. */
  readonly otherwise: string;
}

export interface ConformanceRule {
  readonly name: string;
  /** What a gate that keeps the rule does. */
  readonly claim: string;
  /** Rules of one section count their epochs from the same number. */
  readonly section: number;
  readonly needsTarget: boolean;
  readonly steps: readonly ConformanceStep[];
}
