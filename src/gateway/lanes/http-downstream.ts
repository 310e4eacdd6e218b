import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../core/clock.ts';
import type { ErrorCode } from '../../errors.ts';
import type { AnswerHead, ClientHandle, Downstream } from '../downstream.ts';
import { errorAnswer } from '../error-answer.ts';
import type { HeaderList } from '../upstream.ts';
import type { DoorSettings } from './door-settings.ts';

export interface HttpDownstreamOptions {
  /** The client waits for 100 before it sends its body. */
  readonly expectsContinue: boolean;
  /** The head announces a body. */
  readonly hasBody: boolean;
  /** The gateway is stopping: the client should take another connection next. */
  isDraining(): boolean;
}

/** The client's side of one exchange over node:http. */
export class HttpDownstream implements Downstream {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #settings: DoorSettings;
  readonly #clock: Clock;
  readonly #options: HttpDownstreamOptions;
  #handle: ClientHandle | null = null;
  #isBodyTaken = false;
  #linger: Timer | null = null;

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

  /** Connects the events of the sockets with the exchange. */
  attach(handle: ClientHandle): void {
    this.#handle = handle;
    this.#response.on('close', () => {
      this.#linger?.cancel();
      if (!this.#response.writableFinished) handle.abandon();
    });
    this.#response.on('drain', () => handle.resume());
    this.#response.on('error', () => handle.abandon());
    this.#request.on('error', () => handle.abandon());
  }

  takeBody(): void {
    this.#isBodyTaken = true;
    if (this.#options.expectsContinue) this.#response.writeContinue();
    // Events come in a later turn, when the exchange is attached.
    this.#request.on('data', (chunk: Buffer) => {
      if (this.#handle?.write(chunk) === false) this.#request.pause();
    });
    this.#request.on('end', () => this.#handle?.endBody(this.#request.rawTrailers));
  }

  drain(): void {
    this.#request.resume();
  }

  informational(status: number, headers: HeaderList): void {
    // 100 is answered by this hop itself, when the body is taken (RFC 9110 §10.1.1); HTTP/1.0 has no 1xx (§15.2).
    if (status === 100 || this.#request.httpVersionMinor === 0) return;
    this.#response.writeInformation(status, pairsToRecord(headers));
  }

  head({ status, headers, framing, declaredLength }: AnswerHead): void {
    const list = [...headers];
    if (typeof framing === 'number') list.push('content-length', String(framing));
    else if (declaredLength !== null) list.push('content-length', String(declaredLength));
    // A connection cannot be used again before the request on it was read to its end.
    if (this.#isUnread() || this.#options.isDraining()) list.push('connection', 'close');
    this.#response.sendDate = !hasDate(headers);
    this.#response.writeHead(status, list);
    // Event streams and long polls wait for the head before the first byte.
    this.#response.flushHeaders();
  }

  data(chunk: Uint8Array): boolean {
    return this.#response.write(chunk);
  }

  end(trailers: HeaderList): void {
    if (trailers.length > 0) this.#response.addTrailers(toPairs(trailers));
    this.#endGently();
  }

  reject(code: ErrorCode, detail: string, headers: HeaderList): void {
    const { status, headers: all, body } = errorAnswer(code, detail, headers);
    this.head({ status, headers: all, framing: Buffer.byteLength(body), declaredLength: null });
    if (this.#request.method !== 'HEAD') this.#response.write(body);
    this.#endGently();
  }

  abort(): void {
    this.#response.destroy();
  }

  /** Part of the request's body has not come yet, and the client may be sending it. */
  #isUnread(): boolean {
    const { expectsContinue, hasBody } = this.#options;
    return hasBody && !this.#request.complete && !(expectsContinue && !this.#isBodyTaken);
  }

  /** Reads on for a while if the client is still sending: a reset would destroy the answer on its way (RFC 9112 §9.6). */
  #endGently(): void {
    const end = (): void => {
      this.#linger?.cancel();
      this.#response.end();
    };
    if (!this.#isUnread()) {
      end();
      return;
    }
    this.#request.removeAllListeners('data');
    this.#request.removeAllListeners('end');
    this.#request.on('end', end);
    this.#linger = this.#clock.setTimer(this.#settings.lingerMs, end);
    this.#request.resume();
  }
}

function hasDate(headers: HeaderList): boolean {
  for (let index = 0; index < headers.length; index += 2) if (headers[index]?.toLowerCase() === 'date') return true;
  return false;
}

function toPairs(headers: HeaderList): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < headers.length; index += 2) pairs.push([headers[index] ?? '', headers[index + 1] ?? '']);
  return pairs;
}

function pairsToRecord(headers: HeaderList): Record<string, string[]> {
  const record: Record<string, string[]> = {};
  for (const [name, value] of toPairs(headers)) {
    record[name] ??= [];
    record[name].push(value);
  }
  return record;
}
