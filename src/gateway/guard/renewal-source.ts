import type { GuardReading } from '../../core/guard/shard-guard.ts';

/** Where a guard's horizon comes from: the store, or what may stand in for it later (protocol, "Witnesses"). */
export interface RenewalSource {
  /**
   * What is true at one instant between the call and its answer (linearizable). Rejects within a bounded time if it cannot be
   * known; a rejection is no news.
   */
  read(): Promise<GuardReading>;
}
