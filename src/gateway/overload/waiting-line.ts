import type { Clock, Timer } from '../../core/clock.ts';
import { CellQueue, type QueueLimits, type QueuePlace } from './cell-queue.ts';

/** Why a request that waits, or would have to, does not get a place. */
export type ShedReason = 'full' | 'outranked' | 'late' | 'no_body';

/** Gets exactly one of the two, unless it leaves first. */
export interface Waiter {
  /** A place is free and taken for this waiter. */
  admit(waitedMs: number): void;
  turnAway(why: ShedReason | 'closed', waitedMs: number): void;
}

/** Place in the line; leaving twice, or after the end of the wait, does nothing. */
export interface LinePlace {
  leave(): void;
}

/** Who is late is noticed at most this much later, ms: a timer for each of thousands a second would cost more than it gives. */
const GRAIN_MS = 2;
const NO_PLACE: LinePlace = { leave: () => undefined };

/** A cell's queue on a clock: one timer for all that wait. */
export class WaitingLine {
  readonly #clock: Clock;
  readonly #queue: CellQueue<Waiter>;
  #timer: Timer | null = null;

  constructor(clock: Clock, limits: QueueLimits) {
    this.#clock = clock;
    this.#queue = new CellQueue(limits);
  }

  get length(): number {
    return this.#queue.size;
  }

  get limits(): QueueLimits {
    return this.#queue.limits;
  }

  /** The longest that anybody may wait as things stand, ms. */
  get patienceMs(): number {
    return this.#queue.patience(this.#clock.monotonicMs());
  }

  /** Waits, or is turned away before this returns. */
  join(waiter: Waiter, priority: number): LinePlace {
    const queue = this.#queue;
    this.#shedLate();
    const joined = queue.join(waiter, priority, this.#clock.monotonicMs());
    if (joined.kind === 'full') {
      waiter.turnAway('full', 0);
      return NO_PLACE;
    }
    this.#watch();
    if (joined.outranked !== null) this.#turnAway(joined.outranked, 'outranked');
    return {
      leave: () => {
        if (queue.leave(joined.place) && queue.size === 0) this.#rest();
      },
    };
  }

  /** Lets in whose turn it is; false if nobody waits. */
  admitNext(): boolean {
    this.#shedLate();
    const place = this.#queue.take();
    if (this.#queue.size === 0) this.#rest();
    if (place === null) return false;
    place.item.admit(this.#clock.monotonicMs() - place.joinedAt);
    return true;
  }

  /** Turns everybody away. */
  close(): void {
    for (let place = this.#queue.take(); place !== null; place = this.#queue.take()) this.#turnAway(place, 'closed');
    this.#rest();
  }

  #shedLate(): void {
    const queue = this.#queue;
    const now = this.#clock.monotonicMs();
    for (let place = queue.late(now); place !== null; place = queue.late(now)) this.#turnAway(place, 'late');
  }

  #turnAway({ item, joinedAt }: QueuePlace<Waiter>, why: ShedReason | 'closed'): void {
    item.turnAway(why, this.#clock.monotonicMs() - joinedAt);
  }

  #watch(): void {
    if (this.#timer !== null) return;
    const now = this.#clock.monotonicMs();
    const at = this.#queue.nextLateAt(now);
    if (at === null) return;
    this.#timer = this.#clock.setTimer(Math.max(GRAIN_MS, at - now), () => {
      this.#timer = null;
      this.#shedLate();
      this.#watch();
    });
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
