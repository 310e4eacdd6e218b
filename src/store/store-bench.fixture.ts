import { randomInt } from 'node:crypto';
import { machineClock } from '../../test/support/machine-clock.ts';
import type { CoordStore, StoreHint } from './coord-store.ts';
import { openStore, type StoreOptions } from './open-store.ts';
import type { StoreEvent } from './store-event.ts';

export const machineRandom = { next: (): number => randomInt(2 ** 32) };

/** A loaded machine is no failure: only tests about a limit set it. */
const PATIENT = { readMs: 20_000, transactMs: 20_000, snapshotMs: 20_000, watchdogMs: 20_000, reconcileMs: 600_000 };

/** Opens stores on one engine for one test, keeps what they observed, and closes them all with `await using`. */
export class StoreBench {
  readonly url: string;
  readonly realm: string;
  readonly events: StoreEvent[] = [];
  readonly #options: Partial<StoreOptions>;
  readonly #stores: CoordStore[] = [];

  /** Every bench has a realm of its own unless told otherwise, so tests on one engine do not see each other. */
  constructor(url: string, options: Partial<StoreOptions> = {}) {
    this.url = url;
    this.realm = options.realm ?? `r${randomInt(2 ** 40)}`;
    this.#options = options;
  }

  /** Another client, as in another process. */
  open(options: Partial<StoreOptions> = {}): CoordStore {
    const store = openStore({
      url: this.url,
      realm: this.realm,
      clock: machineClock,
      random: machineRandom,
      observe: (event) => this.events.push(event),
      ...this.#options,
      ...options,
      settings: { ...PATIENT, ...(options.settings ?? this.#options.settings) },
    });
    this.#stores.push(store);
    return store;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
  }
}

/** Keeps what a follower of a watch would know: the keys it was told of, and how often it had to read all. */
export class HintLog {
  readonly hints: StoreHint[] = [];
  readonly keys = new Set<string>();
  readonly onHint = (hint: StoreHint): void => {
    this.hints.push(hint);
    if (hint.kind === 'changed') for (const key of hint.keys) this.keys.add(key);
  };

  get lagged(): number {
    return this.hints.filter((hint) => hint.kind === 'lagged').length;
  }
}

export const codeOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return 'none';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
};
