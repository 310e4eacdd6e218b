import type { StoreWrite } from '../../src/store/coord-store.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { World } from '../world/world.ts';
import type { Commit } from './sim-store.ts';

/** What a held transaction does after its repetition, within this time. */
const AFTER_MS = 120;

/**
 * A transaction of one process that hangs on its way, while its connection breaks at once: its sender knows nothing of it, writes the
 * same record again, and it takes effect soon after that.
 */
export class OvertakenWrite {
  readonly #world: World;
  readonly #process: SimProcess;
  readonly #isWanted: (writes: readonly StoreWrite[]) => boolean;
  #held: { readonly keys: ReadonlySet<string>; readonly act: () => void } | null = null;
  #isOver = false;

  constructor(world: World, process: SimProcess, isWanted: (writes: readonly StoreWrite[]) => boolean) {
    this.#world = world;
    this.#process = process;
    this.#isWanted = isWanted;
  }

  /** True: `act` is called when the transaction was overtaken, or never. */
  takes(process: SimProcess, writes: readonly StoreWrite[], act: () => void): boolean {
    if (this.#isOver || process !== this.#process || this.#held !== null || !this.#isWanted(writes)) return false;
    this.#held = { keys: new Set(writes.map(({ key }) => key)), act };
    return true;
  }

  committed({ by, writes }: Commit): void {
    const held = this.#held;
    if (this.#isOver || held === null || by !== this.#process.id || !writes.some(({ key }) => held.keys.has(key)))
      return;
    this.#isOver = true;
    this.#world.schedule(this.#world.random.named('overtaken writes').between(0, AFTER_MS), held.act);
  }
}
