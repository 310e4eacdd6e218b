import type { ErrorCode } from '../errors.ts';
import type { HeaderList } from './upstream.ts';

/** The head of the answer that the client gets. */
export interface AnswerHead {
  readonly status: number;
  /** End-to-end headers, ours included; the lane adds the framing. */
  readonly headers: HeaderList;
  /** The same as field lines; made of `headers` where they are not there. */
  readonly lines?: string | undefined;
  /** The cell has dated its answer. */
  readonly isDated?: boolean;
  /** `close`: unknown length; the lane frames it as chunked, or by the connection's end for HTTP/1.0. */
  readonly framing: 'none' | 'chunked' | 'close' | number;
  /** Content-Length of an answer without a body (HEAD, 304), or null. */
  readonly declaredLength: number | null;
}

/**
 * The client's side of an exchange, implemented by each lane. Calls come in this order: any number of `informational`, then
 * `head`, `data`…, `end`; or `reject` instead of `head`; or `abort` after it. Nothing follows `reject` or `abort`, and after `end`
 * only `drain`, or an `abort` of an upgrade whose client does not end its side.
 */
export interface Downstream {
  /** The request was admitted: the lane may read the body now and hand it to `ClientHandle.write`. At most once. */
  takeBody(): void;
  informational(status: number, headers: HeaderList): void;
  head(head: AnswerHead): void;
  /** False: enough for now; the lane calls `ClientHandle.resume` when it can take more. */
  data(chunk: Uint8Array): boolean;
  end(trailers: HeaderList): void;
  /** Our own error answer; `headers` are ours (request ID, debug headers). */
  reject(code: ErrorCode, detail: string, headers: HeaderList): void;
  /** The answer cannot be finished: the client must see it broken off, never as complete. */
  abort(code: ErrorCode): void;
  /** More of the request's body can be taken. */
  drain(): void;
}

/** What a lane may do with a request that it handed to the pipeline. */
export interface ClientHandle {
  /** A piece of the request's body; false means "enough for now, wait for `Downstream.drain`". */
  write(chunk: Uint8Array): boolean;
  /** The request's body is complete. */
  endBody(trailers?: HeaderList): void;
  /** The client can take more of the answer again. */
  resume(): void;
  /** The rest of the request cannot be read (it breaks a rule): the exchange ends with this code. */
  fail(code: ErrorCode, detail: string): void;
  /** The client left: whatever runs for it ends, at the cell too. */
  abandon(): void;
}
