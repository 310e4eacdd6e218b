import type { Clock, Timer } from '../../core/clock.ts';
import type { LinePlace } from './waiting-line.ts';

/** What becomes of a request that waits for its body. */
export interface BodyRoomEvents<Sender> {
  /** There is room for it now: it goes on to the cell. */
  enter(sender: Sender): void;
  /** The body did not come in time. */
  late(sender: Sender): void;
}

/**
 * At most half of a cell's places are for requests whose bodies are still to come: further ones wait outside, at no cost to anybody, until
 * theirs is there. Without this some hundred clients that never send theirs would hold every place, as fast as they are cut off
 * (R-U-Dead-Yet); nginx keeps bodies until they are whole for the same reason. An ordinary client's body comes with its head, or within a
 * round trip, and does not notice.
 */
export class BodyRoom<Sender> {
  readonly #clock: Clock;
  readonly #events: BodyRoomEvents<Sender>;
  readonly #outside = new Map<Sender, Timer>();
  #receiving = 0;

  constructor(clock: Clock, events: BodyRoomEvents<Sender>) {
    this.#clock = clock;
    this.#events = events;
  }

  /** How many wait outside. */
  get waiting(): number {
    return this.#outside.size;
  }

  /** Whether those that have a place and no whole body are as many as they may be. */
  isFull(places: number): boolean {
    return this.#receiving >= Math.max(1, places >> 1);
  }

  /** A request got a place before its body was whole; `end` follows once. */
  begin(): void {
    this.#receiving += 1;
  }

  end(): void {
    this.#receiving -= 1;
  }

  /** Waits outside for its body, for so long at most. */
  hold(sender: Sender, limitMs: number): LinePlace {
    const timer = this.#clock.setTimer(limitMs, () => {
      this.#outside.delete(sender);
      this.#events.late(sender);
    });
    this.#outside.set(sender, timer);
    return { leave: () => void this.take(sender) };
  }

  /** False if it was not outside. */
  take(sender: Sender): boolean {
    this.#outside.get(sender)?.cancel();
    return this.#outside.delete(sender);
  }

  /** Lets in who came first. */
  letIn(): void {
    const sender = this.takeFirst();
    if (sender !== null) this.#events.enter(sender);
  }

  /** Who has been outside for longest, and is not any more. */
  takeFirst(): Sender | null {
    for (const sender of this.#outside.keys()) {
      this.take(sender);
      return sender;
    }
    return null;
  }

  /** All that are outside, which then are not any more. */
  clear(): Sender[] {
    const senders = [...this.#outside.keys()];
    for (const sender of senders) this.take(sender);
    return senders;
  }
}
