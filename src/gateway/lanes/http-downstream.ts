import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../../core/clock.ts';
import type { ErrorCode } from '../../errors.ts';
import type { AnswerHead, ClientHandle, Downstream } from '../downstream.ts';
import { errorAnswer } from '../error-answer.ts';
import type { HeaderList } from '../upstream.ts';
import { CoarseTimers } from '../wire/coarse-timers.ts';
import type { Turn } from './connection-turns.ts';
import type { DoorSettings } from './door-settings.ts';
import { HalfClosedClient } from './half-closed-client.ts';

export interface HttpDownstreamOptions {
  /** The client waits for 100 before it sends its body. */
  readonly expectsContinue: boolean;
  /** The head announces a body. */
  readonly hasBody: boolean;
  /** The gateway is stopping: the client should take another connection next. */
  isDraining(): boolean;
}

/** The client's side of one exchange over node:http. */
export class HttpDownstream implements Downstream, Turn {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #settings: DoorSettings;
  readonly #clock: Clock;
  readonly #options: HttpDownstreamOptions;
  #handle: ClientHandle | null = null;
  #isBodyTaken = false;
  #isBroken = false;
  #timer: Timer | null = null;
  /** Ends an answer that waits for the rest of the client's body. */
  #endWaiting: (() => void) | null = null;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    options: HttpDownstreamOptions,
    settings: DoorSettings,
    clock: Clock,
  ) {
    this.#request = request;
    this.#response = response;
    this.#options = options;
    this.#settings = settings;
    this.#clock = clock;
  }

  get isReceiving(): boolean {
    return this.#options.hasBody && !this.#request.complete;
  }

  /** Connects the events of the sockets with the exchange. */
  attach(handle: ClientHandle): void {
    this.#handle = handle;
    const halfClosed = this.#noticeHalfClose();
    this.#response.on('close', () => {
      this.#timer?.cancel();
      halfClosed.forget();
      if (!this.#response.writableFinished) handle.abandon();
    });
    this.#response.on('drain', () => handle.resume());
    this.#response.on('error', () => handle.abandon());
    this.#request.on('error', () => handle.abandon());
  }

  #noticeHalfClose(): { forget(): void } {
    const { socket } = this.#request;
    let client: HalfClosedClient | null = null;
    const begin = (): void => {
      client = new HalfClosedClient(socket, CoarseTimers.of(this.#clock), this.#settings.halfClosedMs, {
        ask: () => this.#ask(),
        destroy: () => void socket.destroy(),
      });
    };
    if (socket.readableEnded) begin();
    else socket.once('end', begin);
    return {
      forget: () => {
        socket.off('end', begin);
        client?.end();
      },
    };
  }

  #ask(): boolean {
    if (this.#response.headersSent || this.#request.httpVersionMinor === 0) return false;
    this.#response.writeContinue();
    return true;
  }

  malformed(detail: string): void {
    this.#isBroken = true;
    this.#handle?.fail('BAD_REQUEST', detail);
  }

  endAnswer(): boolean {
    this.#endWaiting?.();
    return this.#endWaiting !== null;
  }

  takeBody(): void {
    this.#isBodyTaken = true;
    if (this.#options.expectsContinue) this.#response.writeContinue();
    // Events come in a later turn, when the exchange is attached.
    this.#request.on('data', this.#passBody);
    this.#request.on('end', this.#endBody);
  }

  drain(): void {
    this.#request.resume();
  }

  informational(status: number, headers: HeaderList): void {
    // 100 is answered by this hop itself, when the body is taken (RFC 9110 §10.1.1); HTTP/1.0 has no 1xx (§15.2).
    if (status === 100 || this.#request.httpVersionMinor === 0) return;
    // Node below 26.2 cannot send any; none is ever needed.
    this.#response.writeInformation?.(status, headers);
  }

  head({ status, headers, framing, declaredLength }: AnswerHead): void {
    // HTTP/1.0 has neither chunks nor trailers: node:http would refuse to announce them.
    const list = this.#request.httpVersionMinor === 0 ? without(headers, 'trailer') : [...headers];
    if (typeof framing === 'number') list.push('content-length', String(framing));
    else if (declaredLength !== null) list.push('content-length', String(declaredLength));
    // A connection cannot be used again before the request on it was read to its end (RFC 9110 §10.1.1 for an expectation).
    if (this.isReceiving || this.#options.isDraining()) list.push('connection', 'close');
    this.#response.sendDate = !has(headers, 'date');
    this.#response.writeHead(status, list);
    // Event streams and long polls wait for the head before the first byte. `flushHeaders` would write it as UTF-8.
    this.#response.write('', 'latin1');
  }

  data(chunk: Uint8Array): boolean {
    return this.#response.write(chunk);
  }

  end(trailers: HeaderList): void {
    if (trailers.length > 0) this.#response.addTrailers(pairs(trailers));
    this.#endGently();
  }

  reject(code: ErrorCode, detail: string, headers: HeaderList): void {
    const { status, headers: all, body, closes } = errorAnswer(code, detail, headers);
    const isMarked = this.isReceiving || this.#options.isDraining();
    const list = closes && !isMarked ? [...all, 'connection', 'close'] : all;
    this.head({ status, headers: list, framing: Buffer.byteLength(body), declaredLength: null });
    if (this.#request.method !== 'HEAD') this.#response.write(body);
    this.#endGently();
  }

  abort(): void {
    const { socket } = this.#response;
    // An HTTP/1.0 body ends with its connection: only a reset tells that it is not whole.
    if (this.#request.httpVersionMinor === 0 && socket instanceof Socket && !(socket instanceof TLSSocket)) {
      socket.resetAndDestroy();
    } else {
      this.#response.destroy();
    }
  }

  readonly #passBody = (chunk: Buffer): void => {
    if (this.#handle?.write(chunk) === false) this.#request.pause();
  };

  readonly #endBody = (): void => this.#handle?.endBody(this.#request.rawTrailers);

  /** Reads on for a while if the client is still sending: a reset would destroy the answer on its way (RFC 9112 §9.6). */
  #endGently(): void {
    const isHeldBack = this.#options.expectsContinue && !this.#isBodyTaken;
    if (!this.isReceiving || this.#isBroken || isHeldBack) {
      this.#end();
      return;
    }
    this.#request.off('data', this.#passBody).off('end', this.#endBody);
    const end = (): void => {
      this.#timer?.cancel();
      this.#end();
    };
    this.#endWaiting = end;
    this.#request.on('end', end);
    this.#timer = this.#clock.setTimer(this.#settings.lingerMs, end);
    this.#request.resume();
  }

  #end(): void {
    if (this.#response.writableEnded) return;
    this.#response.end();
    const { socket } = this.#response;
    // Who never takes the rest of an answer would keep its connection for ever.
    if (socket !== null && socket.writableLength > 0) {
      this.#timer = this.#clock.setTimer(this.#settings.keepAliveMs, () => void this.#response.destroy());
    }
  }
}

function has(headers: HeaderList, name: string): boolean {
  for (let index = 0; index < headers.length; index += 2) if (headers[index]?.toLowerCase() === name) return true;
  return false;
}

function without(headers: HeaderList, name: string): string[] {
  return pairs(headers)
    .filter(([key]) => key.toLowerCase() !== name)
    .flat();
}

function pairs(headers: HeaderList): [string, string][] {
  const list: [string, string][] = [];
  for (let index = 0; index < headers.length; index += 2) list.push([headers[index] ?? '', headers[index + 1] ?? '']);
  return list;
}
