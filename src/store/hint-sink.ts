import type { Clock, Random, Timer } from '../core/clock.ts';
import type { StoreHint } from './coord-store.ts';
import type { StoreObserver } from './store-event.ts';
import type { StoreSettings } from './store-settings.ts';

/** What a store hands to everything in it that lives on time, chance and bounds. */
export interface StoreAmbience {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: StoreSettings;
  readonly observe: StoreObserver;
}

/**
 * The last metres of a hint, the same for all implementations: a listener that throws hurts nobody, nothing comes after
 * `close`, a hint never names more than `maxHintKeys`, and a periodic `lagged` heals whatever an engine's feed has lost.
 */
export class HintSink {
  readonly prefix: string;
  #onHint: ((hint: StoreHint) => void) | undefined;
  readonly #ambience: StoreAmbience;
  #reconcile: Timer | undefined;

  constructor(prefix: string, onHint: (hint: StoreHint) => void, ambience: StoreAmbience) {
    this.prefix = prefix;
    this.#onHint = onHint;
    this.#ambience = ambience;
  }

  /** Passes on the keys that begin with the prefix; nothing if there are none. */
  changed(keys: readonly string[]): void {
    const mine = keys.filter((key) => key.startsWith(this.prefix));
    if (mine.length === 0) return;
    if (mine.length > this.#ambience.settings.maxHintKeys) this.lagged(`${mine.length} keys changed at once`);
    else this.#deliver({ kind: 'changed', keys: mine });
  }

  lagged(reason: string): void {
    this.#armReconcile();
    this.#deliver({ kind: 'lagged', reason });
  }

  close(): void {
    this.#onHint = undefined;
    this.#reconcile?.cancel();
  }

  /** Spread by a quarter to both sides, so that a fleet that was started at once does not read at once for ever. */
  #armReconcile(): void {
    this.#reconcile?.cancel();
    if (this.#onHint === undefined) return;
    const { clock, random, settings } = this.#ambience;
    const delayMs = settings.reconcileMs * (0.75 + random.next() / 2 ** 33);
    this.#reconcile = clock.setTimer(delayMs, () => this.lagged('periodic reconciliation'));
  }

  #deliver(hint: StoreHint): void {
    try {
      this.#onHint?.(hint);
    } catch (error) {
      this.#ambience.observe({ kind: 'listener-threw', prefix: this.prefix, error });
    }
  }
}
