import type { Clock } from '../../../core/clock.ts';
import type { Answer } from '../../message/answer.ts';
import type { HeaderList, UpstreamEvents, UpstreamFailure, UpstreamRequest, UpstreamStream } from '../../upstream.ts';
import type { AnswerSink } from '../../wire/answer-reader.ts';
import { NOWHERE } from '../../wire/placed-list.ts';
import type { CellSettings } from '../cell-settings.ts';
import { Deadline } from '../deadline.ts';
import { expiryFailure } from '../exchange-expiry.ts';
import type { ExchangeOutcome, ExchangeWatch } from '../exchange-watch.ts';
import type { CellConnection } from './cell-connection.ts';
import type { CellSockets, ConnectionSeeker } from './cell-sockets.ts';
import type { ConnectionUser } from './connection-user.ts';
import { keepIdleMs } from './keep-idle.ts';
import { RequestWriter } from './request-writer.ts';

export interface SocketExchangeParts {
  readonly sockets: CellSockets;
  readonly settings: CellSettings;
  readonly clock: Clock;
  /** Nothing of it is left. */
  ended(): void;
}

/**
 * One request at one instance over a connection of our own. A connection that the instance closed as idle is not noticed before the
 * request was written on it; then only a safe request without body is sent again, once, on a new one (RFC 9110 §9.2.2).
 */
export class SocketExchange implements UpstreamStream, AnswerSink, ConnectionSeeker, ConnectionUser {
  listedAt = NOWHERE;
  readonly #request: UpstreamRequest;
  readonly #events: UpstreamEvents;
  readonly #watch: ExchangeWatch;
  readonly #parts: SocketExchangeParts;
  readonly #writer: RequestWriter;
  #connection: CellConnection | null = null;
  /** Only while it waits for a connection. */
  #connectLimit: Deadline | null = null;
  #isStarted = false;
  #isRepeated = false;
  #isResponding = false;
  #idleMs = 0;
  #status = 0;
  #isPaused = false;
  /** The last event was given; no other may follow. */
  #isTold = false;
  #isSettled = false;

  constructor(
    request: UpstreamRequest,
    head: string,
    events: UpstreamEvents,
    watch: ExchangeWatch,
    parts: SocketExchangeParts,
  ) {
    this.#request = request;
    this.#events = events;
    this.#watch = watch;
    this.#parts = parts;
    this.#writer = new RequestWriter(head, request.body, parts.settings.maxBodyBufferBytes);
  }

  begin(): void {
    const idle = this.#parts.sockets.take();
    if (idle !== null) this.connected(idle);
    else this.#waitForConnection();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isSettled) return true;
    const taken = this.#writer.write(chunk);
    if (typeof taken === 'object') {
      this.#fail({ ...taken, executed: this.#writer.isWritten ? 'unknown' : 'no' });
      return true;
    }
    // An instance that takes nothing is given no more time by a client that goes on sending.
    if (taken) this.#touchBody();
    return taken;
  }

  end(trailers: HeaderList = []): void {
    if (this.#isSettled) return;
    const fault = this.#writer.end(trailers);
    if (fault !== null) this.#fail({ ...fault, executed: this.#writer.isWritten ? 'unknown' : 'no' });
    else if (this.#isStarted && this.#status === 0) this.#startLimit(this.#request.limits.responseHeadMs);
  }

  cancel(): void {
    this.#isTold = true;
    this.#settle('cancelled', null);
  }

  pause(): void {
    this.#isPaused = true;
    this.#connection?.socket.pause();
    // Whoever pauses bounds its own wait; the instance cannot be blamed for a silence that we asked for.
    if (this.#status !== 0) this.#connection?.limit.stop();
  }

  resume(): void {
    if (!this.#isPaused || this.#isSettled) return;
    this.#isPaused = false;
    if (this.#status !== 0) this.#startLimit(this.#request.limits.bodyIdleMs);
    this.#connection?.socket.resume();
  }

  /** Ends it from our side: its instance was taken away. */
  terminate(detail: string): void {
    const isWritten = this.#writer.isWritten;
    this.#fail({ code: isWritten ? 'CELL_RESET' : 'CONNECT_FAILED', executed: isWritten ? 'unknown' : 'no', detail });
  }

  get isWritten(): boolean {
    return this.#writer.isWritten;
  }

  /** It has no use for a connection any more. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  connected(connection: CellConnection): void {
    this.#connectLimit?.stop();
    this.#connection = connection;
    connection.begin(this);
    connection.reader.begin(this.#request.method, this);
    if (this.#isPaused) connection.socket.pause();
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#watch.started();
      if (this.#isSettled) return;
    }
    const hasRoom = this.#writer.attach(connection.writer);
    const { responseHeadMs, bodyIdleMs } = this.#request.limits;
    this.#startLimit(this.#writer.isSent ? responseHeadMs : bodyIdleMs);
    if (hasRoom) this.#events.drain();
  }

  unconnected(failure: UpstreamFailure): void {
    this.#fail(failure);
  }

  drained(): void {
    if (this.#isSettled) return;
    this.#touchBody();
    if (!this.#writer.isSent) this.#events.drain();
  }

  /** Bytes came; what they are the reader tells. */
  received(): void {
    this.#isResponding = true;
  }

  /** They were read: within a body each read begins the time for the next one. */
  wasRead(): void {
    if (this.#status !== 0 && !this.#isPaused) this.#startLimit(this.#request.limits.bodyIdleMs);
  }

  informational(status: number, headers: HeaderList): void {
    if (!this.#isTold) this.#events.informational(status, headers);
  }

  head(answer: Answer): void {
    if (this.#isTold) return;
    const { status, headers } = answer;
    this.#status = status;
    this.#idleMs = answer.keepAlive && !this.#isRepeated ? keepIdleMs(headers, this.#parts.settings) : 0;
    if (this.#isPaused) this.#connection?.limit.stop();
    this.#events.head(status, headers, answer);
  }

  data(bytes: Buffer): void {
    if (!this.#isTold) this.#events.data(bytes);
  }

  /** The answer is whole. */
  ended(trailers: HeaderList, isClean: boolean): void {
    if (this.#isTold) return;
    this.#isTold = true;
    if (!isClean) this.#idleMs = 0;
    this.#settle(this.#status, null);
    this.#events.end(trailers);
  }

  fault(detail: string): void {
    this.#fail({ code: 'BAD_RESPONSE', executed: 'unknown', detail });
  }

  lost(error: Error): void {
    if (this.#isSettled) return;
    this.#connection = null;
    if (this.#mayRepeat()) {
      this.#isRepeated = true;
      this.#writer.rewind();
      this.#waitForConnection(true);
      return;
    }
    const isWritten = this.#writer.isWritten;
    const code = isWritten ? 'CELL_RESET' : 'CONNECT_FAILED';
    this.#fail({ code, executed: isWritten ? 'unknown' : 'no', detail: error.message });
  }

  /** A receiver of our events threw. */
  broke(error: unknown): void {
    const executed = this.#writer.isWritten ? 'unknown' : 'no';
    this.#fail({ code: 'INTERNAL', executed, detail: String(error) });
  }

  expired(): void {
    this.#fail(
      expiryFailure({
        limits: this.#request.limits,
        tunnelIdleMs: null,
        connected: this.#connection !== null,
        written: this.#writer.isWritten,
        sent: this.#writer.isSent,
        answered: this.#status !== 0,
        bodyWaits: this.#writer.isBlocked,
      }),
    );
  }

  /** `isFresh`: never used before, and not used again. */
  #waitForConnection(isFresh = false): void {
    this.#connectLimit ??= new Deadline(this.#parts.clock, () => this.expired());
    this.#connectLimit.start(this.#request.limits.connectMs);
    if (isFresh) this.#parts.sockets.connect(this);
    else this.#parts.sockets.wait(this);
  }

  #mayRepeat(): boolean {
    const { claim, body } = this.#request;
    return body === 'none' && claim.safe && !this.#isRepeated && !this.#isResponding && this.#writer.isWritten;
  }

  #touchBody(): void {
    if (this.#isStarted && this.#status === 0 && !this.#writer.isSent)
      this.#startLimit(this.#request.limits.bodyIdleMs);
  }

  #startLimit(limitMs: number): void {
    this.#connection?.limit.start(limitMs);
  }

  #fail(failure: UpstreamFailure): void {
    if (this.#isTold) {
      this.#settle(failure.code, null);
      return;
    }
    this.#isTold = true;
    this.#settle(failure.code, `${failure.code}: ${failure.detail}`);
    this.#events.failed(failure);
  }

  /** Lets go of everything; before the last event, so that its receiver finds the place at the instance free. */
  #settle(outcome: ExchangeOutcome, detail: string | null): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#connectLimit?.stop();
    const { sockets } = this.#parts;
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) sockets.leave(this);
    else if (typeof outcome === 'number' && this.#idleMs > 0 && this.#writer.isSent) {
      if (this.#isPaused) connection.socket.resume();
      sockets.giveBack(connection, this.#idleMs);
    } else connection.destroy();
    this.#parts.ended();
    this.#watch.settled(outcome, detail);
  }
}
