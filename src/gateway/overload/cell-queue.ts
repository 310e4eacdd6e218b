import type { MonotonicMs } from '../../core/ids.ts';

/** Priorities are 0 (served first, shed last) to 9, as a route's `priority` has them. */
export const LOWEST_PRIORITY = 9;
/** Of a request that no route takes, and of a route that does not say. */
export const DEFAULT_PRIORITY = 5;

export interface QueueLimits {
  /** Most that may wait at once. */
  readonly maxRequests: number;
  /** Longest wait while the queue is a passing one, ms. */
  readonly waitMs: number;
  /** Longest wait while the queue is a standing one: not empty for `waitMs` at least, ms; at most `waitMs`. */
  readonly busyWaitMs: number;
}

/** A place in the queue; it belongs to one queue, and is of no use once it was taken, left or shed. */
export interface QueuePlace<Item> {
  readonly item: Item;
  readonly priority: number;
  readonly joinedAt: MonotonicMs;
}

export type Joined<Item> =
  /** `outranked`: who had to leave for it, the last that came of the least important. */
  | { readonly kind: 'waits'; readonly place: QueuePlace<Item>; readonly outranked: QueuePlace<Item> | null }
  /** Nobody less important waits. */
  | { readonly kind: 'full' };

/**
 * Who waits for a place at a full cell. The more important goes first, among equals the one that came first; when the queue is
 * full, the least important and last leaves. The longest wait shrinks once the queue has stood for a while: a queue that never empties
 * only adds its wait to every answer, a passing one saves requests (CoDel: Nichols and Jacobson, "Controlling Queue Delay", ACM Queue
 * 2012; in this form B. Maurer, "Fail at Scale", ACM Queue 2015). All in constant time; instants are arguments.
 */
export class CellQueue<Item> {
  readonly limits: QueueLimits;
  readonly #levels: readonly Level<Item>[] = Array.from({ length: LOWEST_PRIORITY + 1 }, () => new Level<Item>());
  #size = 0;
  /** When it was empty last; meaningless while it is. */
  #filledAt = 0;

  constructor(limits: QueueLimits) {
    this.limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** The longest that anybody may wait, as things stand. */
  patience(now: MonotonicMs): number {
    const isStanding = this.#size > 0 && now - this.#filledAt >= this.limits.waitMs;
    return isStanding ? this.limits.busyWaitMs : this.limits.waitMs;
  }

  join(item: Item, priority: number, now: MonotonicMs): Joined<Item> {
    const outranked = this.#size < this.limits.maxRequests ? null : this.#last(priority + 1);
    if (outranked === null && this.#size >= this.limits.maxRequests) return { kind: 'full' };
    if (outranked !== null) this.leave(outranked);
    // Who takes the place of the only one that waited finds the queue as it stood.
    if (this.#size === 0 && outranked === null) this.#filledAt = now;
    const place = new Place(item, priority, now, this.#levels[priority] ?? null);
    place.level?.append(place);
    this.#size += 1;
    return { kind: 'waits', place, outranked };
  }

  /** Takes out whose turn it is: to be asked after `late`, or it may be one whose time is over. */
  take(): QueuePlace<Item> | null {
    for (const { first } of this.#levels) {
      if (first === null) continue;
      this.leave(first);
      return first;
    }
    return null;
  }

  /** Takes out one whose time is over, the longest waiting of the most important; null: nobody's is. */
  late(now: MonotonicMs): QueuePlace<Item> | null {
    const patience = this.patience(now);
    for (const { first } of this.#levels) {
      if (first === null || now - first.joinedAt < patience) continue;
      this.leave(first);
      return first;
    }
    return null;
  }

  /** False if it was not waiting any more. */
  leave(place: QueuePlace<Item>): boolean {
    if (!(place instanceof Place) || !place.leave()) return false;
    this.#size -= 1;
    return true;
  }

  /** When `late` may find somebody, if nothing happens meanwhile; null: the queue is empty. */
  nextLateAt(now: MonotonicMs): number | null {
    if (this.#size === 0) return null;
    // Nobody came before the queue began, so this is the earliest; then the shorter wait counts.
    const standsAt = this.#filledAt + this.limits.waitMs;
    if (now < standsAt) return standsAt;
    let oldest = Number.POSITIVE_INFINITY;
    for (const { first } of this.#levels) if (first !== null && first.joinedAt < oldest) oldest = first.joinedAt;
    return oldest + this.limits.busyWaitMs;
  }

  /** The last that came of the least important, of `from` or less. */
  #last(from: number): QueuePlace<Item> | null {
    for (let priority = LOWEST_PRIORITY; priority >= from; priority--) {
      const last = this.#levels[priority]?.last ?? null;
      if (last !== null) return last;
    }
    return null;
  }
}

/** Those of one priority in the order in which they came; anyone can leave in constant time. */
class Level<Item> {
  first: Place<Item> | null = null;
  last: Place<Item> | null = null;

  append(place: Place<Item>): void {
    place.before = this.last;
    if (this.last === null) this.first = place;
    else this.last.after = place;
    this.last = place;
  }

  remove(place: Place<Item>): void {
    if (place.before === null) this.first = place.after;
    else place.before.after = place.after;
    if (place.after === null) this.last = place.before;
    else place.after.before = place.before;
    place.before = null;
    place.after = null;
  }
}

class Place<Item> implements QueuePlace<Item> {
  readonly item: Item;
  readonly priority: number;
  readonly joinedAt: MonotonicMs;
  /** Null once it is not waiting any more. */
  level: Level<Item> | null;
  before: Place<Item> | null = null;
  after: Place<Item> | null = null;

  constructor(item: Item, priority: number, joinedAt: MonotonicMs, level: Level<Item> | null) {
    this.item = item;
    this.priority = priority;
    this.joinedAt = joinedAt;
    this.level = level;
  }

  leave(): boolean {
    const { level } = this;
    this.level = null;
    level?.remove(this);
    return level !== null;
  }
}
