import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AnswerHead } from '../downstream.ts';
import type { ErrorAnswer } from '../error-answer.ts';
import type { HeaderList } from '../upstream.ts';
import { fieldLines, SMALL_BYTES } from '../wire/field-lines.ts';

const START_LINES: readonly string[] = Array.from(
  { length: 600 },
  (_, status) => `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`,
);
const startLine = (status: number): string => START_LINES[status] ?? `HTTP/1.1 ${status} unknown\r\n`;

/** What one turn of the event loop has to say at most waits for the turn's end; more goes out at once. */
const MAX_PENDING_BYTES = 16 * 1024;

/**
 * The answers on one client's connection as bytes. What comes in one turn of the event loop leaves in one write: head, body and end of
 * a small answer together.
 */
export class AnswerWriter {
  readonly #socket: Duplex;
  /** Text that waits for the end of this turn; latin1. */
  #pending = '';
  #isChunked = false;
  #isFlushing = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** The client takes no more for now. */
  get isBlocked(): boolean {
    return this.#socket.writableNeedDrain;
  }

  informational(status: number, headers: HeaderList): void {
    this.#add(`${startLine(status)}${fieldLines(headers)}\r\n`);
  }

  /** `date`: the value to be added; '' for none. */
  head({ status, headers, framing, declaredLength }: AnswerHead, date: string, closes: boolean): void {
    this.#isChunked = framing === 'chunked' || framing === 'close';
    let text = startLine(status) + fieldLines(headers);
    if (this.#isChunked) text += 'transfer-encoding: chunked\r\n';
    else if (typeof framing === 'number') text += `content-length: ${framing}\r\n`;
    else if (declaredLength !== null) text += `content-length: ${declaredLength}\r\n`;
    if (date !== '') text += `date: ${date}\r\n`;
    this.#add(closes ? `${text}connection: close\r\n\r\n` : `${text}\r\n`);
  }

  /** False: enough for now. */
  data(chunk: Uint8Array): boolean {
    if (chunk.length === 0) return !this.isBlocked;
    if (chunk.length <= SMALL_BYTES) {
      const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
      this.#add(this.#isChunked ? `${chunk.length.toString(16)}\r\n${text}\r\n` : text);
    } else this.#writeLarge(chunk);
    return !this.isBlocked;
  }

  end(trailers: HeaderList): void {
    if (this.#isChunked) this.#add(trailers.length === 0 ? '0\r\n\r\n' : `0\r\n${fieldLines(trailers)}\r\n`);
    this.flush();
  }

  /** Our own error answer, whole. */
  error({ status, headers, body }: ErrorAnswer, date: string, closes: boolean, hasBody: boolean): void {
    const bytes = Buffer.from(body);
    this.head({ status, headers, framing: bytes.length, declaredLength: null }, date, closes);
    if (hasBody) this.data(bytes);
    this.end([]);
  }

  text(text: string): void {
    this.#add(text);
  }

  readonly flush = (): void => {
    this.#isFlushing = false;
    const text = this.#pending;
    if (text === '') return;
    this.#pending = '';
    this.#socket.write(text, 'latin1');
  };

  #add(text: string): void {
    this.#pending += text;
    if (this.#pending.length > MAX_PENDING_BYTES) this.flush();
    else if (!this.#isFlushing) {
      this.#isFlushing = true;
      queueMicrotask(this.flush);
    }
  }

  #writeLarge(chunk: Uint8Array): void {
    const socket = this.#socket;
    if (this.#isChunked) this.#pending += `${chunk.length.toString(16)}\r\n`;
    const isAlone = this.#pending === '' && !this.#isChunked;
    if (!isAlone) socket.cork();
    this.flush();
    socket.write(chunk);
    if (this.#isChunked) socket.write('\r\n', 'latin1');
    if (!isAlone) socket.uncork();
  }
}
