import type { Clock, Random, Timer } from '../../core/clock.ts';
import type { NameResolver } from './dns-resolver.ts';

export interface DnsWatchOptions {
  readonly name: string;
  readonly resolver: NameResolver;
  readonly clock: Clock;
  readonly random: Random;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** The addresses, sorted, when they differ from those before. */
  changed(addresses: readonly string[]): void;
  failed(detail: string): void;
}

/**
 * Resolves one name again and again. A failure, a time-out or an empty answer keeps the last good addresses: a broken
 * resolver must not take a cell down that is well.
 */
export class DnsWatch {
  readonly #options: DnsWatchOptions;
  #addresses: readonly string[] = [];
  #timer: Timer | null = null;
  #round = 0;
  #stopped = false;

  constructor(options: DnsWatchOptions) {
    this.#options = options;
    this.#resolve();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #resolve(): void {
    const { name, resolver, clock, timeoutMs } = this.#options;
    this.#round += 1;
    const round = this.#round;
    const settle = (act: () => void): void => {
      if (this.#stopped || round !== this.#round) return;
      this.#timer?.cancel();
      this.#again();
      act();
    };
    this.#timer = clock.setTimer(timeoutMs, () => {
      settle(() => this.#options.failed(`${name}: not resolved within ${timeoutMs} ms (cells.resolveTimeoutMs)`));
    });
    resolver.resolve(name).then(
      (found) => settle(() => this.#take(found)),
      (error: unknown) =>
        settle(() => this.#options.failed(`${name}: ${error instanceof Error ? error.message : error}`)),
    );
  }

  #take(found: readonly string[]): void {
    const addresses = [...new Set(found)].sort();
    if (addresses.length === 0) {
      this.#options.failed(`${this.#options.name}: resolved to no address`);
      return;
    }
    if (addresses.join() === this.#addresses.join()) return;
    this.#addresses = addresses;
    this.#options.changed(addresses);
  }

  /** Up to a tenth later, so that many gateways do not ask at one instant. */
  #again(): void {
    const { clock, random, intervalMs } = this.#options;
    this.#round += 1;
    const delayMs = intervalMs * (1 + (random.next() / 2 ** 32) * 0.1);
    this.#timer = clock.setTimer(delayMs, () => this.#resolve());
  }
}
