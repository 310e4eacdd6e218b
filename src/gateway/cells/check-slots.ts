/** Bounds how many health checks run at once over all cells; the others wait their turn. */
export class CheckSlots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Runs `task` when a slot is free. The returned function takes it back if it did not begin. */
  run(task: () => void): () => void {
    if (this.#free > 0) {
      this.#free -= 1;
      task();
      return () => undefined;
    }
    this.#waiting.add(task);
    return () => void this.#waiting.delete(task);
  }

  /** A task that began is over: exactly one call for each. */
  release(): void {
    for (const task of this.#waiting) {
      this.#waiting.delete(task);
      task();
      return;
    }
    this.#free += 1;
  }
}
