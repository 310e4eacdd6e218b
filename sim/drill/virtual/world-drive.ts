import type { World } from '../../world/world.ts';
import { DrillInterrupted } from '../drill-interrupted.ts';

const SLICE_MS = 1_000;
const LOOK_MS = 20;
/** Virtual time that nothing of a drill takes. */
const LIMIT_MS = 600_000;

/** Lets a world's time go on for a drill, in slices, so that Ctrl-C is heard. */
export class WorldDrive {
  readonly #world: World;
  readonly #signal: AbortSignal;

  constructor(world: World, signal: AbortSignal) {
    this.#world = world;
    this.#signal = signal;
  }

  /** A statement was violated: time stands still for good. */
  get isOver(): boolean {
    return this.#world.violations.length > 0;
  }

  async until(untilMs: number): Promise<void> {
    while (this.#world.now < untilMs && !this.isOver) {
      if (this.#signal.aborted) throw new DrillInterrupted('the drill was interrupted');
      await this.#world.runUntil(Math.min(untilMs, this.#world.now + SLICE_MS));
    }
  }

  /** Until something inside the world has come, or a statement was violated. Rejects as it does, and if it never comes. */
  async await(what: Promise<unknown>): Promise<void> {
    const end: { isThere: boolean; error?: unknown } = { isThere: false };
    what.then(
      () => {
        end.isThere = true;
      },
      (error: unknown) => {
        end.isThere = true;
        end.error = error;
      },
    );
    const limit = this.#world.now + LIMIT_MS;
    // What needs no time is there after one turn.
    await Promise.resolve();
    while (!end.isThere && !this.isOver) {
      if (this.#world.now > limit) throw new Error(`nothing came of a wait of ${LIMIT_MS / 1000} virtual seconds`);
      await this.until(this.#world.now + LOOK_MS);
    }
    if (end.error !== undefined) throw end.error;
  }
}
