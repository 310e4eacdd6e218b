/** Entries of one part in this many of the delay share an instant of release: bounds what is remembered. */
const STEPS = 64;

interface Mark {
  readonly dueMs: number;
  readonly offsets: Map<string, number>;
}

/**
 * Holds entries back from one peer for a set time: a drill's knob for a slow line between cities. Pure; `nowMs` is a
 * monotonic clock's. An entry is released at most 1/64 of the delay early.
 */
export class ReplicationDelay {
  #delayMs: number;
  #marks: Mark[] = [];
  /** Of shards that had something held back: the highest offset that may be sent. */
  readonly #visible = new Map<string, number>();

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  get delayMs(): number {
    return this.#delayMs;
  }

  /** Changes the delay; what was held back is released now. */
  change(delayMs: number): void {
    this.#delayMs = delayMs;
    this.#marks = [];
    this.#visible.clear();
  }

  appended(shard: string, offset: number, nowMs: number): void {
    if (this.#delayMs === 0) return;
    if (!this.#visible.has(shard)) this.#visible.set(shard, offset - 1);
    const dueMs = nowMs + this.#delayMs;
    const last = this.#marks.at(-1);
    if (last !== undefined && dueMs - last.dueMs < this.#delayMs / STEPS) last.offsets.set(shard, offset);
    else this.#marks.push({ dueMs, offsets: new Map([[shard, offset]]) });
  }

  /** Highest offset of the shard that may be sent now; `head` is its last. */
  visible(shard: string, head: number, nowMs: number): number {
    this.#release(nowMs);
    return this.#visible.get(shard) ?? head;
  }

  /** When more may be sent; null: nothing is held back. */
  nextDueMs(): number | null {
    return this.#marks[0]?.dueMs ?? null;
  }

  #release(nowMs: number): void {
    for (let mark = this.#marks[0]; mark !== undefined && mark.dueMs <= nowMs; mark = this.#marks[0]) {
      for (const [shard, offset] of mark.offsets) this.#visible.set(shard, offset);
      this.#marks.shift();
    }
    if (this.#marks.length === 0) this.#visible.clear();
  }
}
