import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '../../core/clock.ts';
import type { ErrorCode } from '../../errors.ts';
import type { AnswerHead, ClientHandle, Downstream } from '../downstream.ts';
import { errorAnswer } from '../error-answer.ts';
import type { HeaderList } from '../upstream.ts';
import type { Turn } from './connection-turns.ts';
import type { DoorSettings } from './door-settings.ts';
import { rawHead } from './raw-head.ts';

export interface SocketDownstreamParts {
  readonly socket: Duplex;
  /** Bytes that came with the head, for whoever answers the upgrade. */
  readonly first: Buffer;
  readonly method: string;
  /** The protocol that the client asked for, as it wrote it. */
  readonly protocol: string;
  readonly settings: DoorSettings;
  readonly clock: Clock;
}

/**
 * The client's side of an upgrade (RFC 9110 §7.8): after a 101 both sides are plain bytes, not looked at. Any other answer is
 * written whole, and the connection closes after it.
 */
export class SocketDownstream implements Downstream, Turn {
  readonly isReceiving = false;
  readonly #parts: SocketDownstreamParts;
  readonly #socket: Duplex;
  #handle: ClientHandle | null = null;
  #early: Buffer[];
  #earlyBytes: number;
  #isSwitched = false;
  #isChunked = false;
  #isOver = false;
  #linger: Timer | null = null;

  constructor(parts: SocketDownstreamParts) {
    this.#parts = parts;
    this.#socket = parts.socket;
    this.#early = parts.first.length > 0 ? [parts.first] : [];
    this.#earlyBytes = parts.first.length;
  }

  attach(handle: ClientHandle): void {
    this.#handle = handle;
    const socket = this.#socket;
    socket.on('close', () => {
      this.#linger?.cancel();
      handle.abandon();
    });
    socket.on('drain', () => handle.resume());
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('end', () => this.#receivedEnd());
  }

  malformed(): void {}

  endAnswer(): boolean {
    return false;
  }

  /** Only a request whose upgrade is void has a body, and nobody parses it here. */
  takeBody(): void {
    queueMicrotask(() => this.#handle?.fail('BAD_FRAMING', 'a body behind an Upgrade'));
  }

  drain(): void {
    this.#socket.resume();
  }

  informational(status: number, headers: HeaderList): void {
    if (status !== 100) this.#socket.write(rawHead(status, headers), 'latin1');
  }

  head({ status, headers, framing, declaredLength }: AnswerHead): void {
    const dated = hasDate(headers) ? headers : [...headers, 'date', new Date(this.#parts.clock.wallMs()).toUTCString()];
    if (status === 101) {
      this.#switch(dated);
      return;
    }
    this.#isOver = true;
    this.#early = [];
    this.#isChunked = framing === 'chunked' || framing === 'close';
    const length = typeof framing === 'number' ? framing : declaredLength;
    const framed = this.#isChunked
      ? ['transfer-encoding', 'chunked']
      : length === null
        ? []
        : ['content-length', `${length}`];
    this.#socket.write(rawHead(status, [...dated, ...framed, 'connection', 'close']), 'latin1');
    this.#socket.resume();
  }

  data(chunk: Uint8Array): boolean {
    if (!this.#isChunked) return this.#socket.write(chunk);
    if (chunk.length === 0) return true;
    this.#socket.write(`${chunk.length.toString(16)}\r\n`);
    this.#socket.write(chunk);
    return this.#socket.write('\r\n');
  }

  /** After a 101 the client may go on; else it gets a moment to read the answer and close. */
  end(trailers: HeaderList): void {
    this.#socket.end(this.#isChunked ? `0\r\n${trailerLines(trailers)}\r\n` : undefined, 'latin1');
    const { clock, settings } = this.#parts;
    if (!this.#isSwitched) this.#linger = clock.setTimer(settings.lingerMs, () => void this.#socket.destroy());
  }

  reject(code: ErrorCode, detail: string, headers: HeaderList): void {
    const answer = errorAnswer(code, detail, headers);
    this.head({ ...answer, framing: Buffer.byteLength(answer.body), declaredLength: null });
    if (this.#parts.method !== 'HEAD') this.#socket.write(answer.body);
    this.end([]);
  }

  abort(): void {
    this.#socket.destroy();
  }

  #switch(headers: HeaderList): void {
    this.#isSwitched = true;
    this.#socket.write(rawHead(101, [...headers, 'connection', 'Upgrade', 'upgrade', this.#parts.protocol]), 'latin1');
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) this.#pass(chunk);
    this.#socket.resume();
  }

  #received(chunk: Buffer): void {
    if (this.#isSwitched) this.#pass(chunk);
    else if (!this.#isOver) this.#keep(chunk);
  }

  /** Until the 101 there is no protocol to speak; who speaks all the same is read only so far, to notice when it leaves. */
  #keep(chunk: Buffer): void {
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes > this.#parts.settings.maxHeadBytes) this.#socket.pause();
  }

  #pass(chunk: Buffer): void {
    if (this.#handle?.write(chunk) === false) this.#socket.pause();
  }

  #receivedEnd(): void {
    if (this.#isSwitched) this.#handle?.endBody();
    else this.#socket.destroy();
  }
}

function hasDate(headers: HeaderList): boolean {
  for (let index = 0; index < headers.length; index += 2) if (headers[index]?.toLowerCase() === 'date') return true;
  return false;
}

function trailerLines(trailers: HeaderList): string {
  let lines = '';
  for (let index = 0; index < trailers.length; index += 2) lines += `${trailers[index]}: ${trailers[index + 1]}\r\n`;
  return lines;
}
