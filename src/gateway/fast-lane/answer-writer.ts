import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AnswerHead } from '../downstream.ts';
import type { ErrorAnswer } from '../error-answer.ts';
import { fieldLines } from '../message/field-lines.ts';
import type { HeaderList } from '../upstream.ts';
import { latin1Of, SMALL_BYTES } from '../wire/small-bytes.ts';
import { TurnWriter } from '../wire/turn-writer.ts';

const START_LINES: readonly string[] = Array.from(
  { length: 600 },
  (_, status) => `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`,
);
const startLine = (status: number): string => START_LINES[status] ?? `HTTP/1.1 ${status} unknown\r\n`;

/** The answers on one client's connection as bytes. */
export class AnswerWriter {
  readonly #out: TurnWriter;
  #isChunked = false;

  constructor(socket: Duplex) {
    this.#out = new TurnWriter(socket);
  }

  /** The client takes no more for now. */
  get isBlocked(): boolean {
    return this.#out.isBlocked;
  }

  /** All that was said has left. */
  get isFlushed(): boolean {
    return this.#out.length === 0;
  }

  informational(status: number, headers: HeaderList): void {
    this.#out.text(`${startLine(status)}${fieldLines(headers)}\r\n`);
  }

  /** `date`: the value to be added; '' for none. */
  head(head: AnswerHead, date: string, closes: boolean): void {
    const { status, framing, declaredLength } = head;
    this.#isChunked = framing === 'chunked' || framing === 'close';
    let text = startLine(status) + (head.lines ?? fieldLines(head.headers));
    if (this.#isChunked) text += 'transfer-encoding: chunked\r\n';
    else if (typeof framing === 'number') text += `content-length: ${framing}\r\n`;
    else if (declaredLength !== null) text += `content-length: ${declaredLength}\r\n`;
    if (date !== '') text += `date: ${date}\r\n`;
    this.#out.text(closes ? `${text}connection: close\r\n\r\n` : `${text}\r\n`);
  }

  /** False: enough for now. */
  data(chunk: Uint8Array): boolean {
    const size = this.#isChunked ? `${chunk.length.toString(16)}\r\n` : '';
    const end = this.#isChunked ? '\r\n' : '';
    if (chunk.length > SMALL_BYTES) this.#out.bytes(chunk, size, end);
    else if (chunk.length > 0) this.#out.text(size + latin1Of(chunk) + end);
    return !this.isBlocked;
  }

  end(trailers: HeaderList): void {
    if (this.#isChunked) this.#out.text(trailers.length === 0 ? '0\r\n\r\n' : `0\r\n${fieldLines(trailers)}\r\n`);
  }

  /** Our own error answer, whole. */
  error({ status, headers, body }: ErrorAnswer, date: string, closes: boolean, hasBody: boolean): void {
    const bytes = Buffer.from(body);
    this.head({ status, headers, framing: bytes.length, declaredLength: null }, date, closes);
    if (hasBody) this.data(bytes);
    this.end([]);
  }

  text(text: string): void {
    this.#out.text(text);
  }

  /** Writes what was said, now. */
  flush(): void {
    this.#out.flush();
  }
}
