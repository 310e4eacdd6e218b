import type { ErrorCode } from '../../../errors.ts';
import { fieldLines } from '../../message/field-lines.ts';
import type { HeaderList, UpstreamRequest } from '../../upstream.ts';
import { latin1Of, SMALL_BYTES } from '../../wire/small-bytes.ts';
import type { TurnWriter } from '../../wire/turn-writer.ts';

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
  #out: TurnWriter | null = null;
  /** What came before the connection. */
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #end: HeaderList | null = null;
  #bytes = 0;
  #isHeadSent = false;
  /** What the connection had written when it was given the head. */
  #headBehind = 0;
  #isSent: boolean;

  constructor(head: string, body: UpstreamRequest['body'], maxBufferBytes: number) {
    this.#head = head;
    this.#body = body;
    this.#maxBufferBytes = maxBufferBytes;
    this.#isSent = body === 'none' || body === 0;
  }

  /** Something left for the instance. Not yet, while the head waits for the end of the turn. */
  get isWritten(): boolean {
    return this.#isHeadSent && this.#out !== null && this.#out.flushes > this.#headBehind;
  }

  /** The whole request was handed to the connection. */
  get isSent(): boolean {
    return this.#isSent && this.#isHeadSent;
  }

  /** The instance does not take what was written. */
  get isBlocked(): boolean {
    return this.#out?.isBlocked ?? false;
  }

  /** True if more was kept back than now waits for the instance: the writer may go on. */
  attach(out: TurnWriter): boolean {
    this.#out = out;
    if (this.#isSent && this.#end === null) {
      this.#sendHead(out, '');
      return false;
    }
    const kept = this.#kept;
    if (kept.length === 0 && this.#end === null) return false;
    this.#kept = [];
    for (const chunk of kept) this.#send(out, chunk);
    if (this.#end !== null) this.#sendEnd(out, this.#end);
    return this.#end === null && !out.isBlocked;
  }

  /** The connection was lost, and another will be attached. Only of a request without a body. */
  rewind(): void {
    this.#isHeadSent = false;
  }

  /** False: enough for now. */
  write(chunk: Uint8Array): boolean | WriteFault {
    const out = this.#out;
    if (chunk.length === 0) return true;
    if ((out?.length ?? this.#keptBytes) > this.#maxBufferBytes) return this.#overrun();
    this.#bytes += chunk.length;
    const most = this.#body === 'none' ? 0 : this.#body;
    if (this.#isSent || (typeof most === 'number' && this.#bytes > most))
      return { code: 'BAD_FRAMING', detail: `a body of more than the ${most} bytes announced` };
    if (out !== null) return this.#send(out, chunk);
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    return false;
  }

  end(trailers: HeaderList): WriteFault | null {
    if (this.#isSent) return null;
    if (typeof this.#body === 'number' && this.#bytes < this.#body)
      return { code: 'BAD_FRAMING', detail: `a body of ${this.#bytes} of the ${this.#body} bytes announced` };
    this.#isSent = true;
    if (this.#out === null) this.#end = trailers;
    else this.#sendEnd(this.#out, trailers);
    return null;
  }

  #sendEnd(out: TurnWriter, trailers: HeaderList): void {
    if (this.#body === 'chunked') this.#sendHead(out, `0\r\n${fieldLines(trailers)}\r\n`);
  }

  #send(out: TurnWriter, chunk: Uint8Array): boolean {
    const isChunked = this.#body === 'chunked';
    const size = isChunked ? `${chunk.length.toString(16)}\r\n` : '';
    const end = isChunked ? '\r\n' : '';
    if (chunk.length > SMALL_BYTES) out.bytes(chunk, this.#withHead(out, size), end);
    else out.text(this.#withHead(out, size + latin1Of(chunk) + end));
    return !out.isBlocked;
  }

  #sendHead(out: TurnWriter, text: string): void {
    out.text(this.#withHead(out, text));
  }

  /** The head, if it has not gone out yet, and text behind it. */
  #withHead(out: TurnWriter, text: string): string {
    if (this.#isHeadSent) return text;
    this.#isHeadSent = true;
    this.#headBehind = out.flushes;
    return this.#head + text;
  }

  #overrun(): WriteFault {
    const limit = this.#maxBufferBytes;
    return {
      code: 'INTERNAL',
      detail: `a body was written on without waiting for drain, over ${limit} bytes (cells.maxBodyBufferBytes)`,
    };
  }
}
