import type { Clock, Timer } from '../../src/core/clock.ts';
import type { MonotonicMs } from '../../src/core/ids.ts';
import type { SimEvent } from './event-queue.ts';
import type { World } from './world.ts';

export type ProcessKind = 'gateway' | 'control' | 'cells' | 'store' | 'people';

/** A timer's float arithmetic may come out this much early. */
const EPSILON_MS = 1e-6;
/** Virtual time 0 on a wall clock; any instant would do. */
const WALL_START_MS = 1_750_000_000_000;

/**
 * A process of the fleet with its clock: it dies (what it had in memory is gone, its timers and messages never come), is paused
 * (events wait), has a clock that runs fast or slow, is suspended with its machine (only the wall clock goes on).
 */
export class SimProcess implements Clock {
  readonly id: string;
  readonly index: number;
  readonly kind: ProcessKind;
  /** Empty: it is nowhere in particular (people). */
  readonly dataCenter: string;
  /** Grows with each death: events of an earlier life are dropped. */
  life = 0;
  isUp = true;
  isPaused = false;
  readonly #world: World;
  readonly #rate: number;
  #waiting: SimEvent[] = [];
  #wallAheadMs = 0;
  /** Time in which the monotonic clock stood still. */
  #stoodMs = 0;
  #suspendedAt: number | null = null;

  constructor(world: World, place: { id: string; index: number; kind: ProcessKind; dataCenter: string }, rate: number) {
    this.#world = world;
    this.id = place.id;
    this.index = place.index;
    this.kind = place.kind;
    this.dataCenter = place.dataCenter;
    this.#rate = rate;
  }

  /** Takes part in what happens now. */
  get isRunning(): boolean {
    return this.isUp && !this.isPaused;
  }

  monotonicMs(): MonotonicMs {
    const stood = this.#suspendedAt === null ? 0 : this.#world.now - this.#suspendedAt;
    return (1_000 + (this.#world.now - this.#stoodMs - stood) * this.#rate) as MonotonicMs;
  }

  wallMs(): number {
    return WALL_START_MS + this.#world.now * this.#rate + this.#wallAheadMs;
  }

  /** As Node's timers: whole milliseconds, at least one; so a fraction of one too early. */
  setTimer(delayMs: number, fire: () => void): Timer {
    const wholeMs = delayMs >= 1 ? Math.floor(delayMs) : 1;
    return this.#world.schedule(wholeMs / this.#rate, fire, this, this.monotonicMs() + wholeMs);
  }

  /** True time that is still to be waited before a timer may fire: its clock stood still meanwhile. Not above 0: none. */
  earlyMs({ due }: SimEvent): number {
    const early = due - this.monotonicMs();
    return early > EPSILON_MS ? early / this.#rate + EPSILON_MS : 0;
  }

  /** Calls back in this process after so many milliseconds of true time, unless it dies first. */
  after(delayMs: number, run: () => void): SimEvent {
    return this.#world.schedule(delayMs, run, this);
  }

  /** SIGKILL. */
  kill(): void {
    this.life += 1;
    this.isUp = false;
    this.isPaused = false;
    this.#suspendedAt = null;
    this.#waiting = [];
    this.#world.shapeChanged();
  }

  /** A new life; whoever wires the process starts it. */
  revive(): void {
    this.isUp = true;
    this.#world.shapeChanged();
  }

  /** SIGSTOP, or with `isMachine` the suspension of its machine. */
  pause(isMachine: boolean): void {
    if (!this.isUp || this.isPaused) return;
    this.isPaused = true;
    if (isMachine) this.#suspendedAt = this.#world.now;
    this.#world.shapeChanged();
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    if (this.#suspendedAt !== null) this.#stoodMs += this.#world.now - this.#suspendedAt;
    this.#suspendedAt = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const event of waiting) this.#world.again(event);
    this.#world.shapeChanged();
  }

  /** Somebody set the clock. */
  jumpWall(byMs: number): void {
    this.#wallAheadMs += byMs;
  }

  /** An event came while this process was paused. */
  keep(event: SimEvent): void {
    this.#waiting.push(event);
  }
}
