import type { AdmissionClaim } from '../../src/core/admit.ts';
import type { GuardInstant } from '../../src/core/guard/guard-lease.ts';
import { ShardGuard } from '../../src/core/guard/shard-guard.ts';
import type { Table } from '../../src/core/table.ts';

/** What the observed guard tells. */
export interface GuardWitness {
  changed(before: Table | null, after: Table | null): void;
  /** Its horizon rests on a read that showed a lower epoch than it runs. */
  restsOnOlder(shown: number): void;
}

type Parameters_<K extends keyof ShardGuard> = ShardGuard[K] extends (...given: infer P) => unknown ? P : never;

/** The real guard, which also tells the checkers what it runs. What comes of its decisions is told where a request or an answer passes. */
export class ObservedGuard extends ShardGuard {
  readonly #witness: GuardWitness;

  constructor(given: ConstructorParameters<typeof ShardGuard>, witness: GuardWitness) {
    super(...given);
    this.#witness = witness;
  }

  /** What it would say to a write now; nobody is told. */
  wouldAdmit(claim: AdmissionClaim, now: GuardInstant): boolean {
    return super.admit(claim, now).kind === 'admitted';
  }

  override applied(...given: Parameters_<'applied'>): void {
    const before = this.table;
    super.applied(...given);
    this.#witness.changed(before, this.table);
  }

  override reading(...given: Parameters_<'reading'>): ReturnType<ShardGuard['reading']> {
    const wasOpen = this.closedBy === null;
    const runs = this.table?.epoch ?? 0;
    const shown = given[0].head?.epoch ?? runs;
    const result = super.reading(...given);
    if (result === 'renewed' && shown < runs) this.#witness.restsOnOlder(shown);
    if (!wasOpen && result === 'renewed') this.#witness.changed(null, this.table);
    return result;
  }

  override fetched(...given: Parameters_<'fetched'>): boolean {
    const result = super.fetched(...given);
    if (result) this.#witness.changed(null, this.table);
    return result;
  }
}
