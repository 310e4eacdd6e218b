import type { Answer } from './message/answer.ts';
import type { HeaderList, Refusal, UpstreamEvents, UpstreamFailure } from './upstream.ts';

/** The exchange, as its attempts see it. */
export interface AttemptOwner {
  isLive(attempt: ExchangeAttempt): boolean;
  isUnanswered(attempt: ExchangeAttempt): boolean;
  admitted(): void;
  refused(refusal: Refusal): void;
  informational(status: number, headers: HeaderList): void;
  head(status: number, headers: HeaderList, answer?: Answer): void;
  data(chunk: Uint8Array): void;
  answered(trailers: HeaderList): void;
  failed(failure: UpstreamFailure): void;
  drain(): void;
  /** One of these threw. */
  broke(error: unknown): void;
}

/** The events of one sending of a request: passed on while nothing newer has taken its place. */
export class ExchangeAttempt implements UpstreamEvents {
  readonly #owner: AttemptOwner;

  constructor(owner: AttemptOwner) {
    this.#owner = owner;
  }

  admitted(): void {
    const owner = this.#owner;
    if (!owner.isUnanswered(this)) return;
    try {
      owner.admitted();
    } catch (error) {
      owner.broke(error);
    }
  }

  refused(refusal: Refusal): void {
    const owner = this.#owner;
    if (!owner.isUnanswered(this)) return;
    try {
      owner.refused(refusal);
    } catch (error) {
      owner.broke(error);
    }
  }

  informational(status: number, headers: HeaderList): void {
    const owner = this.#owner;
    if (!owner.isUnanswered(this)) return;
    try {
      owner.informational(status, headers);
    } catch (error) {
      owner.broke(error);
    }
  }

  head(status: number, headers: HeaderList, answer?: Answer): void {
    const owner = this.#owner;
    if (!owner.isUnanswered(this)) return;
    try {
      owner.head(status, headers, answer);
    } catch (error) {
      owner.broke(error);
    }
  }

  data(chunk: Uint8Array): void {
    const owner = this.#owner;
    if (!owner.isUnanswered(this)) return;
    try {
      owner.data(chunk);
    } catch (error) {
      owner.broke(error);
    }
  }

  end(trailers: HeaderList): void {
    const owner = this.#owner;
    if (!owner.isUnanswered(this)) return;
    try {
      owner.answered(trailers);
    } catch (error) {
      owner.broke(error);
    }
  }

  failed(failure: UpstreamFailure): void {
    const owner = this.#owner;
    if (!owner.isUnanswered(this)) return;
    try {
      owner.failed(failure);
    } catch (error) {
      owner.broke(error);
    }
  }

  drain(): void {
    const owner = this.#owner;
    if (!owner.isLive(this)) return;
    try {
      owner.drain();
    } catch (error) {
      owner.broke(error);
    }
  }
}
