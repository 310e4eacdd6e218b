import type { ErrorCode } from '../errors.ts';
import type { HeaderList } from './upstream.ts';

/**
 * The client's side of an exchange, implemented by each lane. Calls come in this order: any number of `informational`, then
 * `head`, `data`…, `end`; or `reject` instead of `head`; or `abort` after it. Nothing follows `end`, `reject` or `abort`.
 */
export interface Answer {
  /** The request was admitted: the lane may read the body now and hand it to `Exchange.write`. */
  takeBody(): void;
  informational(status: number, headers: HeaderList): void;
  /** End-to-end headers, ours included; the lane adds the framing. */
  head(status: number, headers: HeaderList): void;
  /** False: enough for now; the lane calls `Exchange.resume` when it can take more. */
  data(chunk: Uint8Array): boolean;
  end(trailers: HeaderList): void;
  /** Our own error answer; `headers` are ours (request ID, Retry-After, debug headers). */
  reject(code: ErrorCode, detail: string, headers: HeaderList): void;
  /** The answer cannot be finished: the client must see it broken off, never as complete. */
  abort(code: ErrorCode): void;
  /** More of the request's body can be taken. */
  drain(): void;
}
