import type { Clock, Timer } from '../../core/clock.ts';

export interface BoundedLineParts<T> {
  readonly clock: Clock;
  /** Most that wait. */
  readonly most: number;
  /** Longest wait, ms. */
  readonly waitMs: number;
  /** It waited in vain, or there was no place. */
  turnedAway(item: T): void;
}

interface Waiting<T> {
  readonly item: T;
  readonly timer: Timer;
}

/** What waits for a place, first come first served, bounded in number and time. */
export class BoundedLine<T> {
  readonly #parts: BoundedLineParts<T>;
  readonly #line = new Set<Waiting<T>>();

  constructor(parts: BoundedLineParts<T>) {
    this.#parts = parts;
  }

  get length(): number {
    return this.#line.size;
  }

  join(item: T): void {
    const { clock, most, waitMs, turnedAway } = this.#parts;
    if (this.#line.size >= most) {
      turnedAway(item);
      return;
    }
    const waiting: Waiting<T> = {
      item,
      timer: clock.setTimer(waitMs, () => {
        this.#line.delete(waiting);
        turnedAway(item);
      }),
    };
    this.#line.add(waiting);
  }

  /** The one that waited longest; undefined if nobody waits. */
  take(): T | undefined {
    for (const waiting of this.#line) {
      this.#line.delete(waiting);
      waiting.timer.cancel();
      return waiting.item;
    }
    return undefined;
  }

  /** Turns all away. */
  close(): void {
    for (let item = this.take(); item !== undefined; item = this.take()) this.#parts.turnedAway(item);
  }
}
