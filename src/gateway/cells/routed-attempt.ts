import type { MonotonicMs } from '../../core/ids.ts';
import type { Answer } from '../message/answer.ts';
import type { HeaderList, Refusal, UpstreamEvents, UpstreamFailure } from '../upstream.ts';
import type { ExchangeOutcome, ExchangeWatch } from './exchange-watch.ts';
import type { Instance } from './instance.ts';

/** What an attempt tells its request beside the events, which it passes on. */
export interface AttemptOwner {
  readonly events: UpstreamEvents;
  started(attempt: RoutedAttempt): void;
  settled(attempt: RoutedAttempt, outcome: ExchangeOutcome, detail: string | null): void;
  /** The last event but a failure comes next. */
  finish(): void;
  failed(attempt: RoutedAttempt, failure: UpstreamFailure): void;
  /** The instance takes more of the body. */
  drain(): void;
}

/** One try of a routed request at one instance: hears the exchange, passes on all but a failure that another may make good. */
export class RoutedAttempt implements UpstreamEvents, ExchangeWatch {
  readonly instance: Instance;
  readonly since: MonotonicMs;
  readonly #owner: AttemptOwner;
  isStarted = false;
  /** Bytes of the answer's body that were passed on. */
  bytes = 0;

  constructor(owner: AttemptOwner, instance: Instance, since: MonotonicMs) {
    this.#owner = owner;
    this.instance = instance;
    this.since = since;
  }

  started(): void {
    this.isStarted = true;
    this.#owner.started(this);
  }

  settled(outcome: ExchangeOutcome, detail: string | null): void {
    this.#owner.settled(this, outcome, detail);
  }

  admitted(): void {
    this.#owner.events.admitted();
  }

  refused(refusal: Refusal): void {
    this.#owner.finish();
    this.#owner.events.refused(refusal);
  }

  informational(status: number, headers: HeaderList): void {
    this.#owner.events.informational(status, headers);
  }

  head(status: number, headers: HeaderList, answer?: Answer): void {
    this.#owner.events.head(status, headers, answer);
  }

  data(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.#owner.events.data(chunk);
  }

  end(trailers: HeaderList): void {
    this.#owner.finish();
    this.#owner.events.end(trailers);
  }

  failed(failure: UpstreamFailure): void {
    this.#owner.failed(this, failure);
  }

  drain(): void {
    this.#owner.drain();
  }
}
