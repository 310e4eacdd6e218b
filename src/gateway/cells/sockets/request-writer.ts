import type { Socket } from 'node:net';
import type { ErrorCode } from '../../../errors.ts';
import type { HeaderList, UpstreamRequest } from '../../upstream.ts';
import { fieldLines, SMALL_BYTES } from '../../wire/field-lines.ts';

/** Why a body cannot be sent on. */
export interface WriteFault {
  readonly code: ErrorCode;
  readonly detail: string;
}

/**
 * A request's bytes on their way to the cell. A head with a body leaves together with the first bytes of it: one write, and until then
 * nothing was sent that the cell could have executed.
 */
export class RequestWriter {
  readonly #head: string;
  readonly #body: UpstreamRequest['body'];
  readonly #maxBufferBytes: number;
  #socket: Socket | null = null;
  /** What came before the connection. */
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #end: HeaderList | null = null;
  #bytes = 0;
  #isHeadSent = false;
  #isSent: boolean;

  constructor(head: string, body: UpstreamRequest['body'], maxBufferBytes: number) {
    this.#head = head;
    this.#body = body;
    this.#maxBufferBytes = maxBufferBytes;
    this.#isSent = body === 'none' || body === 0;
  }

  /** Something was handed to the connection. */
  get isWritten(): boolean {
    return this.#isHeadSent;
  }

  /** The whole request was. */
  get isSent(): boolean {
    return this.#isSent && this.#isHeadSent;
  }

  /** The instance does not take what was written. */
  get isBlocked(): boolean {
    return this.#socket?.writableNeedDrain ?? false;
  }

  /** True if more was kept back than now waits for the instance: the writer may go on. */
  attach(socket: Socket): boolean {
    this.#socket = socket;
    if (this.#isSent && this.#end === null) {
      this.#sendHead('');
      return false;
    }
    const kept = this.#kept;
    if (kept.length === 0 && this.#end === null) return false;
    this.#kept = [];
    for (const chunk of kept) this.#send(socket, chunk);
    if (this.#end !== null) this.#sendEnd(this.#end);
    return this.#end === null && !socket.writableNeedDrain;
  }

  /** The connection was lost, and another will be attached. Only of a request without a body. */
  rewind(): void {
    this.#isHeadSent = false;
  }

  /** False: enough for now. */
  write(chunk: Uint8Array): boolean | WriteFault {
    const socket = this.#socket;
    if (chunk.length === 0) return true;
    if ((socket?.writableLength ?? this.#keptBytes) > this.#maxBufferBytes) return this.#overrun();
    this.#bytes += chunk.length;
    const most = this.#body === 'none' ? 0 : this.#body;
    if (this.#isSent || (typeof most === 'number' && this.#bytes > most))
      return { code: 'BAD_FRAMING', detail: `a body of more than the ${most} bytes announced` };
    if (socket !== null) return this.#send(socket, chunk);
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    return false;
  }

  end(trailers: HeaderList): WriteFault | null {
    if (this.#isSent) return null;
    if (typeof this.#body === 'number' && this.#bytes < this.#body)
      return { code: 'BAD_FRAMING', detail: `a body of ${this.#bytes} of the ${this.#body} bytes announced` };
    this.#isSent = true;
    if (this.#socket === null) this.#end = trailers;
    else this.#sendEnd(trailers);
    return null;
  }

  #sendEnd(trailers: HeaderList): void {
    if (this.#body === 'chunked') this.#sendHead(`0\r\n${fieldLines(trailers)}\r\n`);
  }

  #send(socket: Socket, chunk: Uint8Array): boolean {
    return chunk.length <= SMALL_BYTES ? this.#writeSmall(chunk) : this.#writeLarge(socket, chunk);
  }

  #writeSmall(chunk: Uint8Array): boolean {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    return this.#sendHead(this.#body === 'chunked' ? `${chunk.length.toString(16)}\r\n${text}\r\n` : text);
  }

  #writeLarge(socket: Socket, chunk: Uint8Array): boolean {
    const isChunked = this.#body === 'chunked';
    socket.cork();
    this.#sendHead(isChunked ? `${chunk.length.toString(16)}\r\n` : '');
    let taken = socket.write(chunk);
    if (isChunked) taken = socket.write('\r\n', 'latin1');
    socket.uncork();
    return taken && !socket.writableNeedDrain;
  }

  /** The head, if it has not gone out yet, and text behind it. */
  #sendHead(text: string): boolean {
    const all = this.#isHeadSent ? text : this.#head + text;
    this.#isHeadSent = true;
    return all === '' || (this.#socket?.write(all, 'latin1') ?? true);
  }

  #overrun(): WriteFault {
    const limit = this.#maxBufferBytes;
    return {
      code: 'INTERNAL',
      detail: `a body was written on without waiting for drain, over ${limit} bytes (cells.maxBodyBufferBytes)`,
    };
  }
}
