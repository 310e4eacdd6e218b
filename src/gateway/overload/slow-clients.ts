import type { Clock, Timer } from '../../core/clock.ts';
import { type Placed, PlacedList } from '../wire/placed-list.ts';

/** A request that has a place at a cell, as far as its client's pace goes. */
export interface ClientPace extends Placed {
  /** Whom its cell waits for at this moment; null: not for the client. */
  readonly turn: ClientTurn | null;
  /** Gives the place up. */
  cut(turn: ClientTurn, waitedMs: number): void;
}

export interface ClientTurn {
  /** The client has not sent its whole body, or does not take the answer. */
  readonly kind: 'sends' | 'takes';
  /** Bytes of it so far. */
  readonly bytes: number;
}

export interface PaceLimits {
  /** Longest time without progress of a client that has to send its body, and of one that has to take its answer, ms. */
  readonly sendMs: number;
  readonly takeMs: number;
  /** Fewer bytes than this are no progress. */
  readonly progressBytes: number;
}

/** How often the requests are looked at while the cell is full, ms. */
const LOOK_MS = 200;

/**
 * Places that slow clients hold while other requests wait. A client that sends its body byte by byte would hold its place for hours
 * without any limit being passed, and some hundreds of them would hold all (R-U-Dead-Yet). A slow client hurts nobody while there are
 * places left: so it is looked at only while requests wait, and loses its place only then.
 */
export class SlowClients {
  readonly #clock: Clock;
  readonly #limits: PaceLimits;
  readonly #held = new PlacedList<ClientPace>();
  /** Since when somebody is at the same byte. */
  readonly #marks = new Map<ClientPace, ClientTurn & { readonly at: number }>();
  #timer: Timer | null = null;

  constructor(clock: Clock, limits: PaceLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** This request's client may be slow: from now on it is looked at, if need be. */
  watch(request: ClientPace): void {
    this.#held.add(request);
  }

  /** It gave its place back. */
  forget(request: ClientPace): void {
    if (this.#held.delete(request)) this.#marks.delete(request);
  }

  /** Somebody waits: looks at once, and again until nobody does. */
  press(isWaiting: () => boolean): void {
    if (this.#timer !== null) return;
    this.#look();
    this.#timer = this.#clock.setTimer(LOOK_MS, () => {
      this.#timer = null;
      if (isWaiting()) this.press(isWaiting);
      else this.#marks.clear();
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #look(): void {
    const now = this.#clock.monotonicMs();
    const { sendMs, takeMs, progressBytes } = this.#limits;
    for (const request of this.#held.toArray()) {
      const { turn } = request;
      const mark = this.#marks.get(request);
      if (turn === null) this.#marks.delete(request);
      else if (mark?.kind !== turn.kind || turn.bytes - mark.bytes >= progressBytes)
        this.#marks.set(request, { kind: turn.kind, bytes: turn.bytes, at: now });
      else if (now - mark.at >= (turn.kind === 'sends' ? sendMs : takeMs)) request.cut(turn, now - mark.at);
    }
  }
}
