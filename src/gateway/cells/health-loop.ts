import type { Clock, Random, Timer } from '../../core/clock.ts';
import type { HealthDocument } from '../../core/topology-document.ts';
import type { CellUpstream } from './cell-upstream.ts';
import type { CheckSlots } from './check-slots.ts';
import { type CheckResult, checkHealth } from './health-check.ts';

export interface HealthLoopOptions {
  readonly upstream: CellUpstream;
  readonly host: string;
  readonly health: HealthDocument;
  readonly clock: Clock;
  readonly random: Random;
  readonly slots: CheckSlots;
  /** Whether the instance never passed a check: then it is asked more often, so that it starts fast. */
  unproven(): boolean;
  checked(result: CheckResult): void;
}

/** Most time between two checks of an instance that has not passed one yet. */
const UNPROVEN_INTERVAL_MS = 250;

/** Checks one instance again and again, until stopped; the first check begins at once. */
export class HealthLoop {
  readonly #options: HealthLoopOptions;
  #timer: Timer | null = null;
  #withdraw: () => void = () => undefined;
  #cancel: (() => void) | null = null;
  #stopped = false;

  constructor(options: HealthLoopOptions) {
    this.#options = options;
    // Not within the constructor's caller: the first result may come before it has kept the loop.
    this.#timer = options.clock.setTimer(0, () => this.#check());
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    this.#withdraw();
    if (this.#cancel === null) return;
    this.#cancel();
    this.#options.slots.release();
  }

  #check(): void {
    const { upstream, host, health, clock, slots } = this.#options;
    this.#withdraw = slots.run(() => {
      this.#cancel = checkHealth(upstream, host, health, clock, (result) => {
        this.#cancel = null;
        slots.release();
        if (this.#stopped) return;
        this.#options.checked(result);
        this.#again();
      });
    });
  }

  /** Between 90 % and 110 % of the interval, so that checks of many instances do not fall on one instant. */
  #again(): void {
    const { health, clock, random, unproven } = this.#options;
    if (this.#stopped) return;
    const intervalMs = unproven() ? Math.min(health.intervalMs, UNPROVEN_INTERVAL_MS) : health.intervalMs;
    const delayMs = intervalMs * (0.9 + (random.next() / 2 ** 32) * 0.2);
    this.#timer = clock.setTimer(delayMs, () => this.#check());
  }
}
