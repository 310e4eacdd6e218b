import type { MonotonicMs } from '../../core/ids.ts';
import type { UpstreamEvents, UpstreamFailure, UpstreamRequest, UpstreamStream } from '../upstream.ts';
import type { ExchangeOutcome, ExchangeWatch } from './exchange-watch.ts';
import type { Instance } from './instance.ts';
import type { LinePlace } from './waiting-line.ts';

/** What the cell does for a request on its way to an instance. */
export interface CellPlaces {
  /** Most bytes of a body that are held for a connection. */
  readonly maxHeldBytes: number;
  /** The instance to try next, or why there is none. */
  choose(tried: ReadonlySet<Instance>): Instance | UpstreamFailure;
  /** Whether a connect that failed with nothing sent may be tried at another instance. */
  mayTryOther(tried: ReadonlySet<Instance>): boolean;
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
export class RoutedRequest implements UpstreamStream {
  readonly #request: UpstreamRequest;
  readonly #events: UpstreamEvents;
  readonly #places: CellPlaces;
  readonly #tried = new Set<Instance>();
  #line: LinePlace | null = null;
  #stream: UpstreamStream | null = null;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #heldEnd = false;
  #paused = false;
  #started = false;
  #hasPlace = false;
  /** Exchanges whose connection is not given back yet. */
  #underWay = 0;
  #over = false;

  constructor(request: UpstreamRequest, events: UpstreamEvents, places: CellPlaces) {
    this.#request = request;
    this.#events = events;
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
    this.#finish();
    this.#events.failed(failure);
  }

  write(chunk: Uint8Array): boolean {
    if (this.#over && !this.#started) return true;
    if (this.#started && this.#stream !== null) return this.#stream.write(chunk);
    if (this.#heldBytes > this.#places.maxHeldBytes) return this.#overrun();
    this.#heldBytes += chunk.length;
    this.#held.push(chunk);
    return false;
  }

  end(): void {
    if (this.#started) this.#stream?.end();
    else this.#heldEnd = true;
  }

  cancel(): void {
    this.#over = true;
    this.#held = [];
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

  #try(): void {
    const instance = this.#places.choose(this.#tried);
    if ('code' in instance) {
      this.fail(instance);
      return;
    }
    this.#tried.add(instance);
    this.#underWay += 1;
    const since = this.#places.sent(instance);
    let detail: string | null = null;
    let stream: UpstreamStream | null = null;
    const watch: ExchangeWatch = {
      started: () => this.#flush(stream),
      settled: (outcome) => queueMicrotask(() => this.#settled(instance, outcome, detail, since)),
    };
    const events = this.#forward((failure) => {
      detail = `${failure.code}: ${failure.detail}`;
    });
    stream = instance.upstream.open(this.#request, events, watch);
    this.#stream = stream;
    if (this.#paused) stream.pause();
  }

  /** The events of one attempt, all passed on but a failure that another instance may make good. */
  #forward(noteFailure: (failure: UpstreamFailure) => void): UpstreamEvents {
    const events = this.#events;
    return {
      admitted: () => events.admitted(),
      refused: (refusal) => {
        this.#finish();
        events.refused(refusal);
      },
      informational: (status, headers) => events.informational(status, headers),
      head: (status, headers) => events.head(status, headers),
      data: (chunk) => events.data(chunk),
      end: (trailers) => {
        this.#finish();
        events.end(trailers);
      },
      failed: (failure) => {
        noteFailure(failure);
        if (this.#over) return;
        const another = failure.executed === 'no' && !this.#started && isConnectFailure(failure);
        if (another && this.#places.mayTryOther(this.#tried)) this.#try();
        else this.fail(failure);
      },
      drain: () => events.drain(),
    };
  }

  /** The connection is there: what was held goes out, and from now on nothing can be tried elsewhere. */
  #flush(stream: UpstreamStream | null): void {
    if (this.#over || stream === null) return;
    this.#started = true;
    const held = this.#held;
    this.#held = [];
    let more = true;
    for (const chunk of held) more = stream.write(chunk);
    if (this.#heldEnd) stream.end();
    else if (held.length > 0 && more) this.#events.drain();
  }

  #settled(instance: Instance, outcome: ExchangeOutcome, detail: string | null, since: MonotonicMs): void {
    this.#underWay -= 1;
    this.#places.settled(instance, outcome, detail, since);
    if (this.#over) this.#giveBack();
  }

  #finish(): void {
    this.#over = true;
    this.#held = [];
    this.#giveBack();
  }

  /** Only when the last exchange let go of its connection: an upgraded one may outlive its last event. */
  #giveBack(): void {
    if (!this.#hasPlace || this.#underWay > 0) return;
    this.#hasPlace = false;
    this.#places.leave();
  }
}

function isConnectFailure({ code }: UpstreamFailure): boolean {
  return code === 'CONNECT_FAILED' || code === 'CONNECT_TIMEOUT';
}
