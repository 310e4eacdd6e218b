import type { DrainAcknowledgement } from '../../core/guard/freezes.ts';
import type { GuardRecord } from '../../store/records/guard-record.ts';

/** A table's version, as records have it; null: none. */
export type AppliedVersion = GuardRecord['applied'];

/** What one guard says of itself. */
export interface GuardWord {
  readonly applied: AppliedVersion;
  readonly drained: readonly DrainAcknowledgement[];
}

const NOTHING: GuardWord = { applied: null, drained: [] };

/**
 * What the guards of several processes have in common, for the one record that stands for all of them. A worker counts from the
 * moment that a table was sent to it (from then on it may admit) until the kernel says that it is dead (from then on it can
 * acknowledge nothing); what it has not said itself it has not done. Workers are numbered, and no number is used twice.
 */
export class WorkerLedger {
  readonly #words = new Map<number, GuardWord>();

  /** A first table is on its way to the worker. */
  joined(worker: number): void {
    if (!this.#words.has(worker)) this.#words.set(worker, NOTHING);
  }

  /** The worker says what it runs and what it acknowledged. One that does not count any more, or not yet, is not listened to. */
  said(worker: number, word: GuardWord): void {
    if (this.#words.has(worker)) this.#words.set(worker, word);
  }

  /** The worker's process is dead: no answer of its own can come any more, and no write begins. */
  died(worker: number): void {
    this.#words.delete(worker);
  }

  /** Workers that count. */
  get size(): number {
    return this.#words.size;
  }

  appliedBy(worker: number): AppliedVersion {
    return this.#words.get(worker)?.applied ?? null;
  }

  /**
   * The lowest version over the workers that count and `own`, the parent's; null as soon as one has none. Another incarnation than
   * the parent's is one that it has left behind.
   */
  applied(own: AppliedVersion): AppliedVersion {
    let lowest = own;
    for (const { applied } of this.#words.values()) {
      if (applied === null || lowest === null) return null;
      if (isBehind(applied, lowest, own)) lowest = applied;
    }
    return lowest;
  }

  /** What `own`, the parent's guard, and every worker that counts have acknowledged, each for itself. */
  drained(own: readonly DrainAcknowledgement[]): DrainAcknowledgement[] {
    const words = [...this.#words.values()];
    return own.filter((one) => words.every(({ drained }) => drained.some((other) => isSame(one, other))));
  }
}

function isBehind(one: NonNullable<AppliedVersion>, other: NonNullable<AppliedVersion>, own: AppliedVersion): boolean {
  if (one.incarnation === other.incarnation) return one.epoch < other.epoch;
  return one.incarnation !== own?.incarnation;
}

const isSame = (one: DrainAcknowledgement, other: DrainAcknowledgement): boolean =>
  one.operation === other.operation && one.epoch === other.epoch;
