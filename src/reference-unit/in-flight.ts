import type { Clock } from '../core/clock.ts';

export interface RequestRecord {
  readonly requestId: string;
  readonly cell: string;
  readonly method: string;
  readonly path: string;
}

export interface InFlightReport {
  readonly inFlight: number;
  readonly served: number;
  /** Requests that ended before their answer did: the client, or the gateway for it, left. */
  readonly aborted: number;
  readonly requests: readonly (RequestRecord & { readonly ageMs: number })[];
  readonly lastAborted: readonly RequestRecord[];
}

const LISTED = 100;

/** The requests and WebSockets that the cells of this process are serving; shows that a client that left ended its request. */
export class InFlight {
  readonly #clock: Clock;
  readonly #open = new Map<RequestRecord, number>();
  readonly #lastAborted: RequestRecord[] = [];
  #served = 0;
  #aborted = 0;
  #onEmpty: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(record: RequestRecord): void {
    this.#open.set(record, this.#clock.monotonicMs());
  }

  /** Ends once; a second call does nothing. */
  end(record: RequestRecord, isComplete: boolean): void {
    if (!this.#open.delete(record)) return;
    if (isComplete) this.#served += 1;
    else {
      this.#aborted += 1;
      this.#lastAborted.push(record);
      if (this.#lastAborted.length > LISTED) this.#lastAborted.shift();
    }
    if (this.#open.size === 0) for (const tell of this.#onEmpty.splice(0)) tell();
  }

  /** Resolves when nothing is in flight, or after `limitMs`. */
  async drained(limitMs: number): Promise<void> {
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(limitMs, resolve);
      this.#onEmpty.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  report(): InFlightReport {
    const now = this.#clock.monotonicMs();
    const requests = [...this.#open]
      .slice(0, LISTED)
      .map(([record, since]) => ({ ...record, ageMs: Math.round(now - since) }));
    const lastAborted = [...this.#lastAborted];
    return { inFlight: this.#open.size, served: this.#served, aborted: this.#aborted, requests, lastAborted };
  }
}
