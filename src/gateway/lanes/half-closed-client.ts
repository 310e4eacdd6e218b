import type { Socket } from 'node:net';
import type { CoarseDeadline, CoarseTimers } from '../wire/coarse-timers.ts';

/** What can be done about the request that such a client waits for. */
export interface HalfClosedRequest {
  /** Sends 100, if no answer has begun and the client can read it; false: it was not sent. */
  ask(): boolean;
  /** The client counts as gone, and its connection ends. */
  destroy(): void;
}

/**
 * A client that has ended its side behind a whole request. It may wait for the answer (`nc`, many scripts and health checks do), or it may
 * have closed: on the wire both are the same FIN, and only a closed one answers what it gets with a reset. So after each `waitMs` in which it got
 * nothing it is sent a 100, which may come any number of times (RFC 9110 §15.2). Where that cannot be sent, because the answer has begun or the
 * client speaks HTTP/1.0, such a silence ends the request: nobody else would ever notice that the client left.
 */
export class HalfClosedClient {
  readonly #socket: Socket;
  readonly #waitMs: number;
  readonly #request: HalfClosedRequest;
  readonly #limit: CoarseDeadline;
  #written: number;

  constructor(socket: Socket, timers: CoarseTimers, waitMs: number, request: HalfClosedRequest) {
    this.#socket = socket;
    this.#waitMs = waitMs;
    this.#request = request;
    this.#written = socket.bytesWritten;
    this.#limit = timers.add(() => this.#expired());
    this.#limit.start(waitMs);
  }

  /** Its connection or its request is over. */
  end(): void {
    this.#limit.drop();
  }

  #expired(): void {
    const { bytesWritten, writableLength } = this.#socket;
    // One that takes nothing is waited for by whoever writes to it (CLIENT_STALLED).
    const goesOn = writableLength > 0 || bytesWritten !== this.#written;
    this.#written = bytesWritten;
    if (this.#request.ask() || goesOn) this.#limit.start(this.#waitMs);
    else this.#request.destroy();
  }
}
