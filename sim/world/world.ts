import { drainMicrotasks } from './drain-microtasks.ts';
import { EventQueue, SimEvent } from './event-queue.ts';
import { sealMachine } from './machine-seal.ts';
import { RandomStream, RandomStreams } from './random-stream.ts';
import { type ProcessKind, SimProcess } from './sim-process.ts';
import { Trace, type TraceLine } from './trace.ts';

/** A statement that did not hold. */
export interface Violation {
  /** Name of the checker, or `world` for what no checker is needed for. */
  readonly checker: string;
  readonly sentence: string;
  readonly detail: string;
  /** −1: no single shard. */
  readonly shard: number;
  readonly atMs: number;
}

export interface WorldOptions {
  readonly seed: number;
  readonly print?: ((line: TraceLine) => void) | null;
  /** Whether the last lines of the trace stay, for the explanation of a violation; default true. */
  readonly keepsLines?: boolean;
}

/** Lines that stay for the explanation of a violation. */
const LINES_KEPT = 8_000;
/** More events than this in one virtual second: something calls itself again and again without waiting. */
const MOST_TURNS_A_SECOND = 300_000;
/** Clocks run fast or slow by at most this (ρ of docs/ownership-protocol.md). */
const DRIFT = 0.01;

/**
 * Virtual time, chance and processes. Time moves only by events; after each one all promises that can go on do, before the next
 * one comes. One seed decides everything, and nothing in here may look at the machine.
 */
export class World {
  readonly random: RandomStreams;
  readonly trace: Trace;
  readonly processes: SimProcess[] = [];
  readonly violations: Violation[] = [];
  /** Milliseconds of true time since the world began. */
  now = 0;
  /** Events that had their turn. */
  turns = 0;
  /** Grows when a process dies, lives, stops or goes on, or a link changes. */
  shape = 0;
  #order = 0;
  readonly #queue = new EventQueue();
  #isEnded = false;
  #second = 0;
  #turnsBefore = 0;

  constructor({ seed, print = null, keepsLines = true }: WorldOptions) {
    this.random = new RandomStreams(seed);
    this.trace = new Trace(keepsLines ? LINES_KEPT : 0, print);
  }

  get seed(): number {
    return this.random.seed;
  }

  /** A new process; its clock's rate is drawn from a stream of its own. */
  addProcess(id: string, kind: ProcessKind, dataCenter: string): SimProcess {
    const stream = new RandomStream(this.seed, `clock rate of ${id}`);
    // Extremes are what breaks things: half of all clocks run at the bounds.
    const rate = stream.chance(0.5) ? (stream.chance(0.5) ? 1 + DRIFT : 1 - DRIFT) : 1 + stream.between(-DRIFT, DRIFT);
    const process = new SimProcess(this, { id, index: this.processes.length, kind, dataCenter }, rate);
    this.processes.push(process);
    return process;
  }

  /** Calls back after so many milliseconds; inside `owner` if it lives then, and not before its monotonic clock shows `due`. */
  schedule(delayMs: number, run: () => void, owner: SimProcess | null = null, due?: number): SimEvent {
    const event = new SimEvent(this.now + delayMs, this.#order++, owner, run, due);
    this.#queue.push(event);
    return event;
  }

  /** An event whose turn came too early (its process was paused, or its clock stood still) comes again after so many milliseconds. */
  again(event: SimEvent, delayMs = 0): void {
    if (event.run === null) return;
    event.at = this.now + delayMs;
    event.order = this.#order++;
    this.#queue.push(event);
  }

  shapeChanged(): void {
    this.shape += 1;
  }

  note(shard: number, who: string, text: string): void {
    this.trace.note(this.now, shard, who, text);
  }

  violate(checker: string, sentence: string, detail: string, shard = -1): void {
    this.note(shard, 'checker', `VIOLATION of "${sentence}": ${detail}`);
    this.violations.push({ checker, sentence, detail, shard, atMs: this.now });
    this.#isEnded = true;
  }

  /** Ends `runUntil` after the present event. */
  end(): void {
    this.#isEnded = true;
  }

  /**
   * Lets time go on until `untilMs`, the first violation, or `end`. Rejects if something inside threw where nobody catches, or looked at
   * the machine. Between two calls the world stands still.
   */
  async runUntil(untilMs: number): Promise<void> {
    this.#isEnded = this.violations.length > 0;
    const unseal = sealMachine();
    try {
      await drainMicrotasks((drain) => this.#turn(untilMs, drain));
    } finally {
      unseal();
    }
  }

  #countTurn(): void {
    this.turns += 1;
    const second = Math.floor(this.now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#turnsBefore = this.turns;
    } else if (this.turns - this.#turnsBefore > MOST_TURNS_A_SECOND)
      throw new Error(`${MOST_TURNS_A_SECOND} events in virtual second ${second}: something spins (seed ${this.seed})`);
  }

  /** One event, or false: there is no more to do until then. */
  #turn(untilMs: number, drain: () => void): boolean {
    const next = this.#queue.peek();
    if (this.#isEnded || next === undefined || next.at > untilMs) {
      if (!this.#isEnded) this.now = Math.max(this.now, untilMs);
      return false;
    }
    this.#queue.pop();
    const { run, owner } = next;
    if (run === null || (owner !== null && (owner.life !== next.life || !owner.isUp))) return true;
    this.now = next.at;
    if (owner?.isPaused) {
      owner.keep(next);
      return true;
    }
    this.#countTurn();
    this.trace.beat(next.at, next.order);
    const earlyMs = owner !== null && next.due > 0 ? owner.earlyMs(next) : 0;
    if (earlyMs > 0) {
      this.again(next, earlyMs);
      return true;
    }
    // A timer that fired cannot be called off any more.
    next.run = null;
    run();
    drain();
    return true;
  }
}
