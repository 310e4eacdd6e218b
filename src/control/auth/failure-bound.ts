import { LRUCache } from 'lru-cache';
import type { Clock } from '../../core/clock.ts';

export interface FailureBoundSettings {
  /** Failed authentications that one address may have within the window; default 20. */
  readonly mostFailures: number;
  /** Milliseconds; default 10,000. */
  readonly windowMs: number;
  /** Addresses that are remembered; default 10,000. */
  readonly mostAddresses: number;
}

export const FAILURE_BOUND_DEFAULTS: FailureBoundSettings = {
  mostFailures: 20,
  windowMs: 10_000,
  mostAddresses: 10_000,
};

interface Failures {
  count: number;
  readonly since: number;
}

/**
 * Bounds how fast one address can guess. Beyond the bound its calls are refused unlooked, except those of a name that
 * came from this address before: a broken script on the jump host must not lock the operator out at 3 a.m.
 */
export class FailureBound {
  readonly #clock: Clock;
  readonly #settings: FailureBoundSettings;
  readonly #failures: LRUCache<string, Failures>;
  readonly #proven: LRUCache<string, true>;

  constructor(clock: Clock, settings: Partial<FailureBoundSettings> = {}) {
    this.#clock = clock;
    this.#settings = { ...FAILURE_BOUND_DEFAULTS, ...settings };
    this.#failures = new LRUCache({ max: this.#settings.mostAddresses });
    this.#proven = new LRUCache({ max: this.#settings.mostAddresses });
  }

  /** Seconds to wait before this address is looked at again, or null: it is below the bound. */
  waitS(address: string): number | null {
    const failures = this.#current(address);
    if (failures === null || failures.count < this.#settings.mostFailures) return null;
    return Math.max(1, Math.ceil((failures.since + this.#settings.windowMs - this.#clock.monotonicMs()) / 1000));
  }

  failed(address: string): void {
    const failures = this.#current(address);
    if (failures === null) this.#failures.set(address, { count: 1, since: this.#clock.monotonicMs() });
    else failures.count += 1;
  }

  succeeded(address: string, name: string): void {
    this.#proven.set(`${address}\n${name}`, true);
  }

  isProven(address: string, name: string): boolean {
    return this.#proven.has(`${address}\n${name}`);
  }

  #current(address: string): Failures | null {
    const failures = this.#failures.get(address);
    if (failures === undefined) return null;
    if (this.#clock.monotonicMs() - failures.since < this.#settings.windowMs) return failures;
    this.#failures.delete(address);
    return null;
  }
}
