import type { Duplex } from 'node:stream';
import type { ErrorCode } from '../../errors.ts';
import type { AnswerHead, ClientHandle, Downstream } from '../downstream.ts';
import { errorAnswer } from '../error-answer.ts';
import type { HeaderList } from '../upstream.ts';
import { rawHead } from './raw-head.ts';

/**
 * The client's side of an upgrade (RFC 9110 §7.8): after a 101 both sides are plain bytes, not looked at. Any other answer is
 * written whole, and the connection closes after it.
 */
export class SocketDownstream implements Downstream {
  readonly #socket: Duplex;
  /** Bytes that came with the head, for whoever answers the upgrade. */
  readonly #first: Buffer;
  /** The protocol that the client asked for, as it wrote it. */
  readonly #protocol: string;
  #handle: ClientHandle | null = null;
  #isChunked = false;
  #isEnded = false;

  constructor(socket: Duplex, first: Buffer, protocol: string) {
    this.#socket = socket;
    this.#first = first;
    this.#protocol = protocol;
  }

  attach(handle: ClientHandle): void {
    this.#handle = handle;
    this.#socket.on('close', () => {
      if (!this.#isEnded) handle.abandon();
    });
    this.#socket.on('drain', () => handle.resume());
  }

  /** Nothing is read before the 101: until then there is no protocol to speak. */
  takeBody(): void {}

  drain(): void {
    this.#socket.resume();
  }

  informational(status: number, headers: HeaderList): void {
    if (status !== 100) this.#socket.write(rawHead(status, headers), 'latin1');
  }

  head({ status, headers, framing }: AnswerHead): void {
    if (status === 101) {
      this.#switch(headers);
      return;
    }
    this.#isChunked = framing === 'chunked' || framing === 'close';
    const framed = typeof framing === 'number' ? ['content-length', String(framing)] : [];
    if (this.#isChunked) framed.push('transfer-encoding', 'chunked');
    this.#socket.write(rawHead(status, [...headers, ...framed, 'connection', 'close']), 'latin1');
  }

  #switch(headers: HeaderList): void {
    const hopByHop = ['connection', 'Upgrade', 'upgrade', this.#protocol];
    this.#socket.write(rawHead(101, [...headers, ...hopByHop]), 'latin1');
    this.#socket.on('data', (chunk: Buffer) => {
      if (this.#handle?.write(chunk) === false) this.#socket.pause();
    });
    this.#socket.on('end', () => this.#handle?.endBody());
    if (this.#first.length > 0) this.#socket.unshift(this.#first);
  }

  data(chunk: Uint8Array): boolean {
    if (!this.#isChunked) return this.#socket.write(chunk);
    this.#socket.write(`${chunk.length.toString(16)}\r\n`);
    this.#socket.write(chunk);
    return this.#socket.write('\r\n');
  }

  end(): void {
    this.#isEnded = true;
    this.#socket.end(this.#isChunked ? '0\r\n\r\n' : undefined);
  }

  reject(code: ErrorCode, detail: string, headers: HeaderList): void {
    const answer = errorAnswer(code, detail, headers);
    this.head({ ...answer, framing: Buffer.byteLength(answer.body), declaredLength: null });
    this.#socket.write(answer.body);
    this.end();
  }

  abort(): void {
    this.#isEnded = true;
    this.#socket.destroy();
  }
}
