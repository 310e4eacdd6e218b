import type { Duplex } from 'node:stream';

/** The request that a connection serves at the moment, as far as the others on it are concerned. */
export interface Turn {
  /** Part of its own body has not come yet. */
  readonly isReceiving: boolean;
  /** The rest of its own body cannot be read. */
  malformed(detail: string): void;
  /** Nothing more comes from the client. True: it was answered already, and what is left of the answer is sent now. */
  endAnswer(): boolean;
}

/**
 * The requests of one connection, served one after the other: pipelined ones must not overtake a write before them, nor be
 * served when the one before ended the connection (RFC 9112 §9.3.2, §9.6).
 */
export class ConnectionTurns {
  readonly #socket: Duplex;
  readonly #maxWaiting: number;
  readonly #waiting: (() => Turn)[] = [];
  #current: Turn | null = null;
  #isBusy = false;
  #isLast = false;

  constructor(socket: Duplex, maxWaiting: number) {
    this.#socket = socket;
    this.#maxWaiting = maxWaiting;
  }

  /** The request being served, or null. */
  get current(): Turn | null {
    return this.#current;
  }

  /** Serves a request when its turn comes; whoever serves it calls `next` after its answer. */
  take(serve: () => Turn): void {
    // A request behind an answer that ended the connection was never asked.
    if (this.#isLast || !this.#socket.writable) return;
    if (!this.#isBusy) this.#serve(serve);
    else if (this.#waiting.length < this.#maxWaiting) this.#waiting.push(serve);
    else this.#socket.destroy();
  }

  /** The answer is sent. Nothing is served any more on a connection that is ending. */
  next(): void {
    this.#current = null;
    this.#isBusy = false;
    if (this.#isLast || !this.#socket.writable) {
      this.#waiting.length = 0;
      if (this.#isLast) this.#socket.destroy();
      return;
    }
    const serve = this.#waiting.shift();
    if (serve !== undefined) this.#serve(serve);
  }

  /** What follows the present request cannot be read: its answer is the last one here. */
  endAfterCurrent(): void {
    this.#isLast = true;
    this.#waiting.length = 0;
  }

  #serve(serve: () => Turn): void {
    this.#isBusy = true;
    const turn = serve();
    // It may be over already.
    if (this.#isBusy) this.#current = turn;
  }
}
