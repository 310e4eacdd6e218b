import type { OperationView } from '../../../src/control/api-types.ts';
import { operationView } from '../../../src/control/operations/operation-view.ts';
import { decodeOperation, NO_WISH, OPERATION_PREFIX } from '../../../src/control/records/operation-record.ts';
import type { Operation } from '../../../src/core/operation/operation.ts';
import type { ShardRule } from '../../../src/core/topology-document.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import { type FollowedStep, OperationFollower } from '../operation-follower.ts';

export interface OperationWatchParts {
  readonly fleet: Fleet;
  readonly rule: ShardRule;
  readonly nowMs: () => number;
  readonly onStep: (step: FollowedStep) => void;
}

interface Instants {
  readonly createdAt: number;
  readonly endedAt: number[];
}

/** Sees every operation at the instant at which it changes on record: by the drill's own time, not by the controllers' clocks. */
export class OperationWatch {
  readonly follower = new OperationFollower((ms) => ms);
  readonly #parts: OperationWatchParts;
  readonly #instants = new Map<string, Instants>();
  readonly #views = new Map<string, OperationView>();

  constructor(parts: OperationWatchParts) {
    this.#parts = parts;
    parts.fleet.facts.on('committed', ({ commit }) => {
      for (const { key, value } of commit.writes)
        if (value !== null && key.startsWith(OPERATION_PREFIX)) this.#saw(decodeOperation(key, value));
    });
  }

  get views(): readonly OperationView[] {
    return [...this.#views.values()];
  }

  /** Null: it is not on record. */
  view(id: string): OperationView | null {
    return this.#views.get(id) ?? null;
  }

  #saw(operation: Operation): void {
    const { rule, onStep } = this.#parts;
    const view = operationView(this.#timed(operation), { rule, waiting: null, wish: NO_WISH });
    this.#views.set(operation.id, view);
    const steps = this.follower.saw({ operations: this.views, leader: null });
    for (const step of steps) onStep(step);
  }

  #timed(operation: Operation): Operation {
    const now = this.#parts.nowMs();
    const known = this.#instants.get(operation.id) ?? { createdAt: now, endedAt: [] };
    this.#instants.set(operation.id, known);
    const results = operation.results.map((result, index) => {
      known.endedAt[index] ??= now;
      return { ...result, endedAt: known.endedAt[index] };
    });
    return { ...operation, createdAt: known.createdAt, results };
  }
}
