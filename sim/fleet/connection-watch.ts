import type { SimProcess } from '../world/sim-process.ts';

/** Between two looks, ms. */
const LOOK_MS = 300;

/** An exchange over a connection of a process; looks whether the other end is still there, and says whether to look again. */
export type StillOpen = () => boolean;

/**
 * What pings and resets tell a process of all its connections: they are looked at together, and nothing is looked at that ends within
 * LOOK_MS. One for each life of a process.
 */
export class ConnectionWatch {
  readonly #process: SimProcess;
  #old: StillOpen[] = [];
  #young: StillOpen[] = [];
  #isSet = false;

  constructor(process: SimProcess) {
    this.#process = process;
  }

  /** Looks first after one to two times LOOK_MS. */
  add(isOpen: StillOpen): void {
    this.#young.push(isOpen);
    if (!this.#isSet) this.#set();
  }

  #set(): void {
    this.#isSet = true;
    this.#process.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const old = this.#old;
    this.#old = this.#young;
    this.#young = [];
    for (const isOpen of old) if (isOpen()) this.#old.push(isOpen);
    this.#isSet = false;
    if (this.#old.length + this.#young.length > 0) this.#set();
  }
}
