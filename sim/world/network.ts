import type { RandomStream } from './random-stream.ts';
import type { SimProcess } from './sim-process.ts';
import type { World } from './world.ts';

export type CallResult<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** `wasSent` false: provably nothing reached the other side. */
  | { readonly kind: 'failed'; readonly wasSent: boolean; readonly reason: string };

/** Who is how far: one-way delays in milliseconds. */
export interface Distances {
  /** City of a data center. */
  cityOf(dataCenter: string): string;
}

const SAME_DATA_CENTER_MS = 0.25;
const SAME_CITY_MS = 1;
const OTHER_CITY_MS = 14;
/** Share of messages that take much longer than the others: reordering comes from them. */
const SLOW_SHARE = 0.02;
/** A connection that is refused. */
const REFUSED_MS = 1;

/**
 * Messages between processes: delayed, reordered, lost, doubled; links cut or slowed in one direction. Whether a process lives at
 * the other end is found out by its answer, or by a refused connection if the way is open.
 */
export class Network {
  readonly #world: World;
  readonly #distances: Distances;
  readonly #random: RandomStream;
  readonly #size: number;
  readonly #base: Float64Array;
  /** How many faults cut this direction, and what others add. */
  readonly #cuts: Uint8Array;
  readonly #slowMs: Float64Array;
  readonly #loss: Float64Array;
  messages = 0;

  /** For at most `size` processes. */
  constructor(world: World, distances: Distances, size: number) {
    this.#world = world;
    this.#distances = distances;
    this.#random = world.random.named('network');
    this.#size = size;
    this.#base = new Float64Array(size * size).fill(-1);
    this.#cuts = new Uint8Array(size * size);
    this.#slowMs = new Float64Array(size * size);
    this.#loss = new Float64Array(size * size);
  }

  /** True time, ms. */
  get now(): number {
    return this.#world.now;
  }

  isOpen(from: SimProcess, to: SimProcess): boolean {
    return this.#cuts[from.index * this.#size + to.index] === 0;
  }

  /** Both ways. */
  isConnected(left: SimProcess, right: SimProcess): boolean {
    return this.isOpen(left, right) && this.isOpen(right, left);
  }

  /** A delay for one message of this direction, drawn. */
  delay(from: SimProcess, to: SimProcess): number {
    const place = from.index * this.#size + to.index;
    const base = this.#baseOf(place, from, to);
    const jitter = this.#random.unit();
    const slow = this.#slowMs[place] as number;
    const tail = jitter < SLOW_SHARE ? (this.#random.unit() * 20 + 1) * base : 0;
    return base * (1 + jitter * 0.5) + tail + slow * (0.5 + jitter);
  }

  /** Cuts each direction from the first to the second; returns how to mend it. */
  cut(from: readonly SimProcess[], to: readonly SimProcess[]): () => void {
    const places = this.#places(from, to);
    for (const place of places) this.#cuts[place] = (this.#cuts[place] as number) + 1;
    this.#world.shapeChanged();
    return once(() => {
      for (const place of places) this.#cuts[place] = (this.#cuts[place] as number) - 1;
      this.#world.shapeChanged();
    });
  }

  /** Adds about `delayMs` to each message, and loses a share of them; returns how to mend it. */
  slow(from: readonly SimProcess[], to: readonly SimProcess[], delayMs: number, loss: number): () => void {
    const places = this.#places(from, to);
    const add = (sign: number): void => {
      for (const place of places) {
        this.#slowMs[place] = Math.max(0, (this.#slowMs[place] as number) + sign * delayMs);
        this.#loss[place] = Math.max(0, (this.#loss[place] as number) + sign * loss);
      }
    };
    add(1);
    return once(() => add(-1));
  }

  /**
   * Delivers one message, or loses it. False: it is lost for certain. `life`: of the receiver, to whom the connection was made; a
   * later life of it gets nothing of it.
   */
  send(from: SimProcess, to: SimProcess, deliver: () => void, life = to.life): boolean {
    this.messages += 1;
    const place = from.index * this.#size + to.index;
    const loss = this.#loss[place] as number;
    if (this.#cuts[place] !== 0 || !to.isUp || to.life !== life || (loss > 0 && this.#random.chance(loss)))
      return false;
    const event = this.#world.schedule(
      this.delay(from, to),
      () => {
        // Cut while it was under way.
        if (this.#cuts[place] === 0) deliver();
      },
      to,
    );
    return event.run !== null;
  }

  /**
   * A question and its answer within `timeoutMs` of the asker's clock. `isTwice`: the question arrives again later, as a proxy in
   * between or an impatient library may send it.
   */
  call<T>(
    from: SimProcess,
    to: SimProcess,
    timeoutMs: number,
    handle: (answer: (value: T) => void) => void,
    isTwice = false,
  ): Promise<CallResult<T>> {
    return new Promise((resolve) => this.ask(from, to, timeoutMs, handle, resolve, isTwice));
  }

  /** As `call`; `settle` is called with what came of it, and only its first call counts. */
  ask<T>(
    from: SimProcess,
    to: SimProcess,
    timeoutMs: number,
    handle: (answer: (value: T) => void) => void,
    settle: (result: CallResult<T>) => void,
    isTwice = false,
  ): void {
    if (!to.isUp && this.isConnected(from, to)) {
      const refused: CallResult<T> = { kind: 'failed', wasSent: false, reason: 'connection refused' };
      from.after(REFUSED_MS + 2 * this.delay(from, to), () => settle(refused));
      return;
    }
    const wasSent = this.isOpen(from, to);
    const late = (): void => settle({ kind: 'failed', wasSent, reason: `no answer within ${timeoutMs} ms` });
    const timer = from.setTimer(timeoutMs, late);
    const { life } = from;
    const answer = (value: T): void => {
      const deliver = (): void => {
        timer.cancel();
        settle({ kind: 'answer', value });
      };
      this.send(to, from, deliver, life);
    };
    this.send(from, to, () => handle(answer));
    if (isTwice) this.#world.schedule(this.#random.between(0, 3_000), () => this.send(from, to, () => handle(noop)));
  }

  #baseOf(place: number, from: SimProcess, to: SimProcess): number {
    const known = this.#base[place] as number;
    if (known >= 0) return known;
    const isSameCity = this.#distances.cityOf(from.dataCenter) === this.#distances.cityOf(to.dataCenter);
    // Nowhere in particular is near everybody: a store that is one file.
    const isNear = from.dataCenter === to.dataCenter || from.dataCenter === '' || to.dataCenter === '';
    const base = isNear ? SAME_DATA_CENTER_MS : isSameCity ? SAME_CITY_MS : OTHER_CITY_MS;
    this.#base[place] = base;
    return base;
  }

  #places(from: readonly SimProcess[], to: readonly SimProcess[]): number[] {
    return from.flatMap((left) =>
      to.filter((right) => right !== left).map((right) => left.index * this.#size + right.index),
    );
  }
}

const noop = (): void => undefined;

function once(run: () => void): () => void {
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    run();
  };
}
