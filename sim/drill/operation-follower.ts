import type { OperationsAnswer, OperationView } from '../../src/control/api-types.ts';
import type { OperationEndSample, StepSample } from '../report/drill-record.ts';

export interface FollowedStep {
  /** The scenario's n-th operation. */
  readonly operation: number;
  readonly step: string;
}

/**
 * Turns what control shows of operations into samples, each once, numbered in the order in which the operations were started. Pure.
 * `drillMs` turns an instant of the machine's wall clock into one of the drill.
 */
export class OperationFollower {
  readonly #drillMs: (wallMs: number) => number;
  readonly #numbers = new Map<string, number>();
  readonly #steps = new Map<string, readonly StepSample[]>();
  readonly #ends = new Map<string, OperationEndSample>();
  #leader: string | null = null;

  constructor(drillMs: (wallMs: number) => number) {
    this.#drillMs = drillMs;
  }

  /** Node that carries operations out, as last seen. */
  get leader(): string | null {
    return this.#leader;
  }

  get samples(): readonly (StepSample | OperationEndSample)[] {
    return [...[...this.#steps.values()].flat(), ...this.#ends.values()];
  }

  /** ID of the scenario's n-th operation; null: not seen yet. */
  idOf(operation: number): string | null {
    return [...this.#numbers].find(([, number]) => number === operation)?.[0] ?? null;
  }

  /** Returns the steps that came on record since the last call, oldest first. */
  saw({ operations, leader }: OperationsAnswer): readonly FollowedStep[] {
    if (leader !== null) this.#leader = leader.node;
    const inOrder = [...operations].sort((a, b) => a.createdAt - b.createdAt);
    return inOrder.flatMap((operation) => this.#sawOne(operation));
  }

  #sawOne(operation: OperationView): FollowedStep[] {
    const number = this.#numbers.get(operation.id) ?? this.#numbers.size + 1;
    this.#numbers.set(operation.id, number);
    const seen = this.#steps.get(operation.id)?.length ?? 0;
    const samples = operation.steps.map(({ step, detail, startedAt }): StepSample => {
      const atMs = this.#drillMs(startedAt);
      return { kind: 'step', atMs, operation: number, operationKind: operation.kind, step, detail };
    });
    // Anew each time: what ended a step is known only later.
    this.#steps.set(operation.id, samples);
    this.#sawEnd(operation, number);
    return samples.slice(seen).map(({ step }) => ({ operation: number, step }));
  }

  #sawEnd({ id, outcome, endedAt, kind, frozenMs }: OperationView, operation: number): void {
    if (outcome === null) return;
    const atMs = this.#drillMs(endedAt ?? 0);
    const { kind: ending, reason } = outcome;
    this.#ends.set(id, {
      kind: 'operationEnd',
      atMs,
      operation,
      operationKind: kind,
      outcome: ending,
      reason,
      frozenMs,
    });
  }
}
