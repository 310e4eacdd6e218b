import type { MonotonicMs } from '../../core/ids.ts';
import type { HeaderList, UpstreamEvents, UpstreamFailure, UpstreamRequest, UpstreamStream } from '../upstream.ts';
import type { ExchangeOutcome } from './exchange-watch.ts';
import type { Instance } from './instance.ts';
import { type AttemptOwner, RoutedAttempt } from './routed-attempt.ts';
import type { LinePlace } from './waiting-line.ts';

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
  /** The place at the cell is free again; once, for requests that had one. */
  leave(): void;
}

/**
 * One request on its way to some instance of a cell. Holds back the body until a connection is there, so that until
 * then another instance can be tried with nothing lost.
 */
export class RoutedRequest implements UpstreamStream, AttemptOwner {
  readonly #request: UpstreamRequest;
  readonly events: UpstreamEvents;
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
  /** Exchanges whose connection is not given back yet. */
  #underWay = 0;
  #over = false;

  constructor(request: UpstreamRequest, events: UpstreamEvents, places: CellPlaces) {
    this.#request = request;
    this.events = events;
    this.#places = places;
  }

  /** Waits in line; a client that leaves gives up the place there. */
  wait(place: LinePlace): void {
    this.#line = place;
  }

  /** A place at the cell was taken for this request: sends it. */
  proceed(): void {
    this.#line = null;
    this.#hasPlace = true;
    this.#try();
  }

  fail(failure: UpstreamFailure): void {
    if (this.#over) return;
    this.finish();
    this.events.failed(failure);
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over && !this.#started) return true;
    if (this.#started && this.#stream !== null) return this.#stream.write(chunk);
    if (this.#heldBytes > this.#places.maxHeldBytes) return this.#overrun();
    this.#heldBytes += chunk.length;
    if (this.#held === NOTHING_HELD) this.#held = [chunk];
    else this.#held.push(chunk);
    return false;
  }

  end(trailers: HeaderList = []): void {
    if (this.#started && this.#stream !== null) this.#stream.end(trailers);
    else this.#heldEnd = trailers;
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
    this.#stream?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stream?.resume();
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

  finish(): void {
    this.#over = true;
    this.#held = NOTHING_HELD;
    this.#giveBack();
  }

  failed({ isStarted }: RoutedAttempt, failure: UpstreamFailure): void {
    if (this.#over) return;
    const another = failure.executed === 'no' && !isStarted && isConnectFailure(failure);
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
    const attempt = new RoutedAttempt(this, instance, this.#places.sent(instance));
    this.#attempt = attempt;
    const stream = instance.upstream.open(this.#request, attempt, attempt);
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
    if (this.#heldEnd !== null) stream.end(this.#heldEnd);
    else if (held.length > 0 && more) this.events.drain();
  }

  /** Only when the last exchange let go of its connection: an upgraded one may outlive its last event. */
  #giveBack(): void {
    if (!this.#hasPlace || this.#underWay > 0) return;
    this.#hasPlace = false;
    this.#places.leave();
  }
}

const NOTHING_HELD: Uint8Array[] = [];

function isConnectFailure({ code }: UpstreamFailure): boolean {
  return code === 'CONNECT_FAILED' || code === 'CONNECT_TIMEOUT';
}
