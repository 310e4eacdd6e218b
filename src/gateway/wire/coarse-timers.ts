import type { Clock, Timer } from '../../core/clock.ts';
import { NOWHERE, type Placed, PlacedList } from './placed-list.ts';

/** One running limit of many that share a timer. */
export interface CoarseDeadline {
  /** The limit is `limitMs` from now, in place of the one that ran. */
  start(limitMs: number): void;
  /** The same for whoever knows the time already. */
  startAt(now: number, limitMs: number): void;
  stop(): void;
  /** Ends for ever; nothing may be started after it. */
  drop(): void;
}

/** Limits are kept to this many milliseconds: they may be noticed that much later, never earlier. */
const GRAIN_MS = 10;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * The limits of many connections on one timer. To begin or end a limit is to write down a number; the timer is set to the earliest
 * one and, when it fires, finds what is due and when to look next. A timer for each limit of each request would cost as much as a
 * tenth of the whole request.
 */
export class CoarseTimers {
  readonly #clock: Clock;
  readonly #all = new PlacedList<Limit>();
  #timer: Timer | null = null;
  #nextAt = NEVER;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those of a clock; all that use the same clock share them. */
  static of(clock: Clock): CoarseTimers {
    let timers = BY_CLOCK.get(clock);
    if (timers === undefined) {
      timers = new CoarseTimers(clock);
      BY_CLOCK.set(clock, timers);
    }
    return timers;
  }

  /** A limit that does not run yet; whoever makes it drops it. */
  add(expired: () => void): CoarseDeadline {
    const limit = new Limit(this, expired);
    this.#all.add(limit);
    return limit;
  }

  now(): number {
    return this.#clock.monotonicMs();
  }

  due(now: number, limitMs: number): number {
    const dueAt = now + limitMs;
    if (dueAt < this.#nextAt - GRAIN_MS) this.#look(dueAt, limitMs);
    return dueAt;
  }

  forget(limit: Limit): void {
    if (!this.#all.delete(limit) || this.#all.size > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#nextAt = NEVER;
  }

  #look(at: number, delayMs: number): void {
    this.#timer?.cancel();
    this.#nextAt = at;
    this.#timer = this.#clock.setTimer(Math.max(1, delayMs), () => this.#fire());
  }

  #fire(): void {
    this.#timer = null;
    this.#nextAt = NEVER;
    const now = this.#clock.monotonicMs();
    let next = NEVER;
    const due: Limit[] = [];
    for (const limit of this.#all) {
      // Timers may fire up to a millisecond early.
      if (limit.dueAt <= now + 1) due.push(limit);
      else if (limit.dueAt < next) next = limit.dueAt;
    }
    if (next !== NEVER) this.#look(Math.max(next, now + GRAIN_MS), Math.max(next - now, GRAIN_MS));
    for (const limit of due) limit.fire(now);
  }
}

const BY_CLOCK = new WeakMap<Clock, CoarseTimers>();

class Limit implements CoarseDeadline, Placed {
  readonly #timers: CoarseTimers;
  readonly #expired: () => void;
  listedAt = NOWHERE;
  dueAt = NEVER;

  constructor(timers: CoarseTimers, expired: () => void) {
    this.#timers = timers;
    this.#expired = expired;
  }

  start(limitMs: number): void {
    this.startAt(this.#timers.now(), limitMs);
  }

  startAt(now: number, limitMs: number): void {
    this.dueAt = this.#timers.due(now, limitMs);
  }

  stop(): void {
    this.dueAt = NEVER;
  }

  drop(): void {
    this.dueAt = NEVER;
    this.#timers.forget(this);
  }

  /** One that fired before it may have begun this one anew. */
  fire(now: number): void {
    if (this.dueAt > now + 1) return;
    this.dueAt = NEVER;
    this.#expired();
  }
}
