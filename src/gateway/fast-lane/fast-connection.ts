import type { Socket } from 'node:net';
import type { ErrorCode } from '../../errors.ts';
import type { AnswerHead, ClientHandle, Downstream } from '../downstream.ts';
import { errorAnswer } from '../error-answer.ts';
import { HalfClosedClient, type HalfClosedRequest } from '../lanes/half-closed-client.ts';
import type { ReceivedHead } from '../message/request-head.ts';
import type { HeaderList } from '../upstream.ts';
import type { CoarseDeadline } from '../wire/coarse-timers.ts';
import { BARE_LF, INCOMPLETE } from '../wire/head-end.ts';
import { NOWHERE } from '../wire/placed-list.ts';
import { scanRequest } from '../wire/scan-request.ts';
import { AnswerWriter } from './answer-writer.ts';
import { ClientInput } from './client-input.ts';
import type { ConnectionPhase } from './connection-phase.ts';
import { type FastDoor, isForGeneralLane, type OpenConnection } from './fast-door.ts';
import { RequestIntake } from './request-intake.ts';
import { disownSocket, ownSocket, type SocketOwner } from './socket-owner.ts';
import { waitingRequests } from './waiting-requests.ts';

/**
 * One client's connection. Its requests are served one after the other; what comes behind the present one waits, within bounds,
 * so that answers are in order and no request overtakes a write (RFC 9112 §9.3.2).
 */
export class FastConnection implements Downstream, HalfClosedRequest, SocketOwner, OpenConnection {
  listedAt = NOWHERE;
  readonly #socket: Socket;
  readonly #door: FastDoor;
  readonly #address: string;
  readonly #writer: AnswerWriter;
  readonly #limit: CoarseDeadline;
  #phase: ConnectionPhase = 'head';
  readonly #input = new ClientInput();
  #isPumping = false;
  #handle: ClientHandle | null = null;
  #method = '';
  readonly #intake = new RequestIntake();
  #closes = false;
  #hasServed = false;
  #isAnswering = false;
  /** The client has ended its side. */
  #halfClosed: HalfClosedClient | null = null;

  constructor(socket: Socket, address: string, door: FastDoor) {
    this.#socket = socket;
    this.#door = door;
    this.#address = address;
    this.#writer = new AnswerWriter(socket);
    this.#limit = door.timers.add(() => this.#expired());
    this.#limit.start(door.settings.headMs);
    ownSocket(socket, this);
  }

  /** Nothing was asked that is not answered. */
  get isIdle(): boolean {
    return this.#phase === 'head' && this.#input.isEmpty && this.#writer.isFlushed;
  }

  ask(): boolean {
    const mayAsk = this.#phase === 'busy' && !this.#isAnswering;
    if (mayAsk) this.#writer.informational(100, []);
    return mayAsk;
  }

  destroy(): void {
    this.lost();
  }

  takeBody(): void {
    if (this.#intake.take()) this.#writer.text('HTTP/1.1 100 Continue\r\n\r\n');
    if (this.#handle !== null) this.#pump();
  }

  drain(): void {
    this.#intake.unblock();
    this.#pump();
  }

  informational(status: number, headers: HeaderList): void {
    // 100 is answered by this hop itself, when the body is taken (RFC 9110 §10.1.1).
    if (status !== 100) this.#writer.informational(status, headers);
  }

  head(answer: AnswerHead): void {
    this.#isAnswering = true;
    // A connection cannot be used again before the request on it was read to its end.
    if (this.#intake.isReceiving || this.#door.isDraining) this.#closes = true;
    this.#writer.head(answer, answer.isDated === true ? '' : this.#door.date.now(), this.#closes);
  }

  data(chunk: Uint8Array): boolean {
    return this.#writer.data(chunk);
  }

  end(trailers: HeaderList): void {
    this.#writer.end(trailers);
    this.#answered();
  }

  reject(code: ErrorCode, detail: string, headers: HeaderList): void {
    const answer = errorAnswer(code, detail, headers);
    if (answer.closes || this.#intake.isReceiving || this.#door.isDraining) this.#closes = true;
    this.#writer.error(answer, this.#door.date.now(), this.#closes, this.#method !== 'HEAD');
    this.#answered();
  }

  abort(): void {
    this.#writer.flush();
    this.destroy();
  }

  received(bytes: Buffer): void {
    if (this.#phase === 'closing') return;
    this.#input.append(bytes);
    this.#pump();
    this.#input.keep();
  }

  /** What the client has asked for wholly is answered all the same. */
  ended(): void {
    if (this.#phase === 'closing') return;
    const { timers, settings } = this.#door;
    this.#halfClosed = new HalfClosedClient(this.#socket, timers, settings.halfClosedMs, this);
    this.#pump();
  }

  drained(): void {
    if (this.#phase === 'drain') this.#next();
    else this.#handle?.resume();
  }

  lost(): void {
    if (this.#phase === 'gone') return;
    const handle = this.#handle;
    this.#leave();
    this.#socket.destroy();
    handle?.abandon();
  }

  #leave(): void {
    this.#phase = 'gone';
    this.#handle = null;
    this.#input.clear();
    this.#limit.drop();
    this.#halfClosed?.end();
    this.#door.gone(this);
  }

  #expired(): void {
    if (this.#phase === 'linger') this.#close();
    else if (this.#phase !== 'head' || this.#input.isEmpty) this.destroy();
    else this.#malformed('HEAD_TIMEOUT', `no whole head within ${this.#door.settings.headMs} ms (door.headMs)`);
  }

  /** Goes on as far as the bytes and the other side allow. Not entered twice: an answer at once comes back here. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (!this.#input.isEmpty && this.#step());
    } finally {
      this.#isPumping = false;
    }
    if (this.#socket.isPaused() && (this.#input.isEmpty || this.#phase === 'head')) this.#socket.resume();
    if (this.#halfClosed !== null) this.#endHalfClosed();
  }

  /** Nothing more will come: neither a next request, nor the rest of this one's body. Answers before it still leave. */
  #endHalfClosed(): void {
    if (this.#phase === 'head' || this.#phase === 'linger') this.#close();
    else if (this.#phase === 'busy' && this.#intake.isReceiving && this.#input.isEmpty) this.abort();
  }

  #step(): boolean {
    switch (this.#phase) {
      case 'head':
        return this.#readHead();
      case 'busy':
        return this.#intake.isReceiving ? this.#readBody() : this.#keep();
      case 'linger':
        return this.#dropBody();
      case 'drain':
        return this.#keep();
      default:
        this.#input.clear();
        return false;
    }
  }

  #readHead(): boolean {
    const input = this.#input;
    const { maxHeadBytes, headMs } = this.#door.settings;
    const isFirstPart = !input.isInHead;
    const end = input.findHeadEnd();
    if (end === BARE_LF) return this.#malformed('BAD_REQUEST', 'a line of the head does not end with CRLF');
    if ((end === INCOMPLETE ? input.length : end - input.at) > maxHeadBytes)
      return this.#malformed('HEAD_TOO_LARGE', `over ${maxHeadBytes} bytes (door.maxHeadBytes)`);
    if (end === INCOMPLETE) {
      // The first bytes of a head begin its time; of a connection's first one it has begun already.
      if (isFirstPart && this.#hasServed && !input.isEmpty) this.#limit.start(headMs);
      return false;
    }
    const scanned = scanRequest(input.headText(end), end - input.at);
    if (typeof scanned === 'string') return this.#malformed('BAD_REQUEST', scanned);
    this.#serve({ ...scanned, remoteAddress: this.#address, secure: this.#door.isSecure }, end);
    return true;
  }

  #serve(received: ReceivedHead, end: number): void {
    const checked = this.#door.check(received);
    if (checked.ok && isForGeneralLane(checked)) {
      if (this.#halfClosed === null) this.#handOver();
      else this.#close();
      return;
    }
    this.#input.consume(end);
    this.#limit.stop();
    this.#phase = 'busy';
    this.#hasServed = true;
    this.#isAnswering = false;
    this.#method = received.method;
    this.#intake.begin(checked);
    this.#closes = checked.ok ? !checked.keepAlive : true;
    const handle = this.#door.begin(received, checked, this);
    // It may be answered already.
    if (this.#phase !== 'busy') return;
    this.#handle = handle;
    if (checked.ok && checked.framing === 0) handle.endBody();
  }

  #readBody(): boolean {
    const handle = this.#handle;
    if (handle === null || !this.#intake.isWanted) return this.#bound();
    this.#intake.pass(this.#input, handle, () => this.#handle === handle);
    return true;
  }

  #dropBody(): boolean {
    return this.#intake.drop(this.#input) || this.#close();
  }

  /** What came behind the present request waits for its turn. */
  #keep(): boolean {
    const { maxPipelined } = this.#door.settings;
    if (waitingRequests(this.#input.rest(), maxPipelined + 1) <= maxPipelined) return this.#bound();
    this.destroy();
    return false;
  }

  #bound(): false {
    if (this.#input.length >= this.#door.settings.maxHeadBytes) this.#socket.pause();
    return false;
  }

  #answered(): void {
    this.#handle = null;
    if (this.#phase !== 'busy') return;
    if (!this.#closes) this.#next();
    else if (!this.#intake.isReceiving || this.#intake.isHopeless) this.#close();
    else {
      // A reset would destroy the answer on its way (RFC 9112 §9.6): what the client still sends is read for a while.
      this.#phase = 'linger';
      this.#limit.start(this.#door.settings.lingerMs);
      this.#socket.resume();
      this.#pump();
    }
  }

  #next(): void {
    const { settings, isDraining } = this.#door;
    this.#limit.start(isDraining ? settings.drainIdleMs : settings.keepAliveMs);
    this.#phase = this.#writer.isBlocked ? 'drain' : 'head';
    if (this.#phase === 'head' && (!this.#input.isEmpty || this.#halfClosed !== null)) this.#pump();
  }

  #malformed(code: ErrorCode, detail: string): false {
    this.#door.onMalformed(code);
    this.#writer.error(errorAnswer(code, detail, []), this.#door.date.now(), true, true);
    return this.#close();
  }

  /** Ends our side; the client gets a moment to read the answer and end its own. */
  #close(): false {
    this.#phase = 'closing';
    this.#input.clear();
    this.#writer.flush();
    this.#socket.end();
    this.#socket.resume();
    this.#limit.start(this.#door.settings.lingerMs);
    return false;
  }

  #handOver(): void {
    const socket = this.#socket;
    this.#writer.flush();
    const bytes = this.#input.keep();
    disownSocket(socket);
    this.#leave();
    this.#door.handOver(socket, bytes, this.#address);
  }
}
