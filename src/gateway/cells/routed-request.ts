import type { MonotonicMs } from '../../core/ids.ts';
import type { CellEntrance, Entrant } from '../overload/cell-entrance.ts';
import type { ClientTurn } from '../overload/slow-clients.ts';
import type { LinePlace } from '../overload/waiting-line.ts';
import type { HeaderList, UpstreamEvents, UpstreamFailure, UpstreamRequest, UpstreamStream } from '../upstream.ts';
import { NOWHERE } from '../wire/placed-list.ts';
import type { ExchangeOutcome } from './exchange-watch.ts';
import type { Instance } from './instance.ts';
import { type AttemptOwner, RoutedAttempt } from './routed-attempt.ts';

/** What the cell does for a request on its way to an instance. */
export interface CellPlaces {
  /** Most bytes of a body that are held for a connection. */
  readonly maxHeldBytes: number;
  /** The instance to try next, or why there is none. */
  choose(tried: readonly Instance[]): Instance | UpstreamFailure;
  /** Whether a connect that failed with nothing sent may be tried at another instance. */
  mayTryOther(tried: readonly Instance[]): boolean;
  /** Returns the instant, for `settled` to take the time from. */
  sent(instance: Instance): MonotonicMs;
  settled(instance: Instance, outcome: ExchangeOutcome, detail: string | null, since: MonotonicMs): void;
  /** Who gets a place: to be told of what becomes of it. */
  readonly entrance: Pick<CellEntrance, 'leave' | 'watchPace' | 'paceInWords' | 'bodyBegins' | 'bodyEnds' | 'bodyCame'>;
}

/**
 * One request on its way to some instance of a cell. Holds back the body until a connection is there, so that until
 * then another instance can be tried with nothing lost.
 */
export class RoutedRequest implements UpstreamStream, AttemptOwner, Entrant {
  readonly request: UpstreamRequest;
  readonly events: UpstreamEvents;
  listedAt = NOWHERE;
  readonly #places: CellPlaces;
  readonly #tried: Instance[] = [];
  #attempt: RoutedAttempt | null = null;
  #line: LinePlace | null = null;
  #stream: UpstreamStream | null = null;
  #held = NOTHING_HELD;
  #heldBytes = 0;
  #heldEnd: HeaderList | null = null;
  #paused = false;
  #started = false;
  #hasPlace = false;
  #isBodyOver: boolean;
  /** It has a place, and the cell was told that its body is still to come. */
  #isReceiving = false;
  /** The instance has enough of the body for now. */
  #isBlocked = false;
  #bodyBytes = 0;
  /** Exchanges whose connection is not given back yet. */
  #underWay = 0;
  #over = false;

  constructor(request: UpstreamRequest, events: UpstreamEvents, places: CellPlaces) {
    this.request = request;
    this.events = events;
    this.#places = places;
    this.#isBodyOver = request.body === 'none';
  }

  /** Waits in line; a client that leaves gives up the place there. */
  wait(place: LinePlace): void {
    this.#line = place;
  }

  /** A place at the cell was taken for this request: sends it. */
  proceed(): void {
    this.#line = null;
    this.#hasPlace = true;
    if (!this.#isBodyOver) {
      this.#isReceiving = true;
      this.#places.entrance.bodyBegins();
      this.#places.entrance.watchPace(this);
    }
    this.#try();
  }

  fail(failure: UpstreamFailure): void {
    if (this.#over) return;
    this.finish();
    this.events.failed(failure);
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over && !this.#started) return true;
    this.#bodyBytes += chunk.length;
    if (this.#started && this.#stream !== null) {
      const takesMore = this.#stream.write(chunk);
      this.#isBlocked = !takesMore;
      return takesMore;
    }
    if (this.#heldBytes > this.#places.maxHeldBytes) return this.#overrun();
    this.#heldBytes += chunk.length;
    if (this.#held === NOTHING_HELD) this.#held = [chunk];
    else this.#held.push(chunk);
    if (this.#hasPlace) return false;
    if (!this.isBodyHere) return true;
    this.#places.entrance.bodyCame(this);
    // It may have gone out by now, with everything before it: then nobody will say `drain` any more.
    return this.#started && !this.#isBlocked;
  }

  end(trailers: HeaderList = []): void {
    this.#isBodyOver = true;
    this.#received();
    if (this.#started && this.#stream !== null) this.#stream.end(trailers);
    else {
      this.#heldEnd = trailers;
      if (!this.#hasPlace && !this.#over) this.#places.entrance.bodyCame(this);
    }
  }

  /** The body is whole, or so much of it came that its client is not one that sends nothing. */
  get isBodyHere(): boolean {
    return this.#isBodyOver || this.#heldBytes >= BODY_HERE_BYTES;
  }

  cancel(): void {
    this.#over = true;
    this.#held = NOTHING_HELD;
    this.#line?.leave();
    this.#stream?.cancel();
    this.#giveBack();
  }

  pause(): void {
    this.#paused = true;
    if (this.#hasPlace) this.#places.entrance.watchPace(this);
    this.#stream?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stream?.resume();
  }

  get turn(): ClientTurn | null {
    if (!this.#started || this.#over || this.request.upgrade !== null) return null;
    if (!this.#isBodyOver && !this.#isBlocked) return { kind: 'sends', bytes: this.#bodyBytes };
    return this.#paused ? { kind: 'takes', bytes: this.#attempt?.bytes ?? 0 } : null;
  }

  cut(turn: ClientTurn, waitedMs: number): void {
    const detail = this.#places.entrance.paceInWords(turn, waitedMs);
    this.#stream?.cancel();
    this.fail({ code: turn.kind === 'sends' ? 'BODY_TIMEOUT' : 'CLIENT_STALLED', executed: 'unknown', detail });
  }

  #received(): void {
    if (!this.#isReceiving) return;
    this.#isReceiving = false;
    this.#places.entrance.bodyEnds();
  }

  #overrun(): boolean {
    const limit = this.#places.maxHeldBytes;
    const detail = `a body was written on without waiting for drain, over ${limit} bytes (cells.maxBodyBufferBytes)`;
    this.#line?.leave();
    this.#stream?.cancel();
    this.fail({ code: 'INTERNAL', executed: 'no', detail });
    return true;
  }

  started(attempt: RoutedAttempt): void {
    // During `open` the stream is not known yet: #try goes on.
    if (this.#stream !== null && this.#attempt === attempt) this.#flush(this.#stream);
  }

  settled({ instance, since }: RoutedAttempt, outcome: ExchangeOutcome, detail: string | null): void {
    this.#underWay -= 1;
    this.#places.settled(instance, outcome, detail, since);
    if (this.#over) this.#giveBack();
  }

  drain(): void {
    this.#isBlocked = false;
    this.events.drain();
  }

  finish(): void {
    this.#over = true;
    this.#held = NOTHING_HELD;
    this.#giveBack();
  }

  failed({ isStarted }: RoutedAttempt, failure: UpstreamFailure): void {
    if (this.#over) return;
    // One that began on a kept connection that was dead by then has lost nothing either, if it has no body.
    const isWhole = !isStarted || this.request.body === 'none';
    const another = failure.executed === 'no' && isWhole && isConnectFailure(failure);
    if (another && this.#places.mayTryOther(this.#tried)) this.#try();
    else this.fail(failure);
  }

  #try(): void {
    const instance = this.#places.choose(this.#tried);
    if ('code' in instance) {
      this.fail(instance);
      return;
    }
    this.#tried.push(instance);
    this.#underWay += 1;
    this.#stream = null;
    this.#started = false;
    const attempt = new RoutedAttempt(this, instance, this.#places.sent(instance));
    this.#attempt = attempt;
    const stream = instance.upstream.open(this.request, attempt, attempt);
    // It may have failed already, and another attempt have taken its place.
    if (this.#attempt !== attempt) return;
    if (this.#over) {
      stream.cancel();
      return;
    }
    this.#stream = stream;
    if (this.#paused) stream.pause();
    if (attempt.isStarted) this.#flush(stream);
  }

  /** The connection is there: what was held goes out, and from now on nothing can be tried elsewhere. */
  #flush(stream: UpstreamStream): void {
    if (this.#over) return;
    this.#started = true;
    const held = this.#held;
    this.#held = NOTHING_HELD;
    let more = true;
    for (const chunk of held) more = stream.write(chunk);
    this.#isBlocked = !more;
    if (this.#heldEnd !== null) stream.end(this.#heldEnd);
    else if (held.length > 0 && more) this.events.drain();
  }

  /** Only when the last exchange let go of its connection: an upgraded one may outlive its last event. */
  #giveBack(): void {
    if (!this.#hasPlace || this.#underWay > 0) return;
    this.#hasPlace = false;
    this.#received();
    this.#places.entrance.leave(this);
  }
}

/** Also what is kept of the body of each request that waits. */
const BODY_HERE_BYTES = 16 * 1024;
const NOTHING_HELD: Uint8Array[] = [];

function isConnectFailure({ code }: UpstreamFailure): boolean {
  return code === 'CONNECT_FAILED' || code === 'CONNECT_TIMEOUT';
}
