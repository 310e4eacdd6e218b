import type { CellId, Epoch, ShardId, UnitId } from '../core/ids.ts';
import type { ErrorCode } from '../errors.ts';
import type { HeaderList } from './header-list.ts';
import type { Answer } from './message/answer.ts';

/**
 * The port between "where does this request go" and "how do bytes get there". A cell of this data center, a peer gateway
 * over the interlink, and the simulator's network all implement it; the interlink's receiving side is handed one.
 */

export type { HeaderList } from './header-list.ts';

/** What the edge claims about a request; only a guard may believe it after it checked. */
export interface Claim {
  readonly shard: ShardId;
  /** The shard's epoch as the edge's table has it; 0 for C requests, which have no shard epoch. */
  readonly epoch: Epoch;
  readonly unit: UnitId;
  readonly cell: CellId;
  /** A read (RFC 9110 §9.2.1); everything else, and every upgrade, is a write. */
  readonly safe: boolean;
}

export interface UpstreamRequest {
  readonly claim: Claim;
  readonly method: string;
  /** Origin-form or asterisk-form target, the bytes that routing matched on. */
  readonly target: string;
  /** End-to-end headers only, with ours added; no hop-by-hop field is in it. */
  readonly headers: HeaderList;
  /** The same as field lines, where whoever made the request has them so; then nothing in them speaks of framing. */
  readonly lines?: string | undefined;
  /** `none`: no body follows. A number: content-length in bytes. `chunked`: length unknown. */
  readonly body: 'none' | 'chunked' | number;
  /** Name of the protocol asked for by `Upgrade`, or null. After a 101 both sides are plain bytes. */
  readonly upgrade: string | null;
  readonly requestId: string;
  readonly limits: UpstreamLimits;
  /** The message rules have seen method, target and headers in this very process: no character needs another look. */
  readonly isChecked?: boolean;
}

/** Milliseconds; each has its own error code. 0 is not allowed: every wait is bounded. */
export interface UpstreamLimits {
  readonly connectMs: number;
  /** From the end of the request (or the last body byte sent) to the head of the answer. */
  readonly responseHeadMs: number;
  /** Longest silence inside a body, either way. */
  readonly bodyIdleMs: number;
}

/** "Not executed": the only answer after which a request may be sent elsewhere. */
export interface Refusal {
  readonly code: ErrorCode;
  /** The newest that the guard knows, for the edge to take a newer table. */
  readonly epoch: Epoch;
  readonly owner: UnitId | null;
}

export interface UpstreamFailure {
  readonly code: ErrorCode;
  /** `no`: provably nothing reached an application. `unknown`: it may have been executed. */
  readonly executed: 'no' | 'unknown';
  readonly detail: string;
}

/** What comes back, in this order; exactly one of `refused`, `end`, `failed` is last, unless `cancel` was called. */
export interface UpstreamEvents {
  /** The guard admitted the head: the body may flow. */
  admitted(): void;
  refused(refusal: Refusal): void;
  /** 1xx except 101. */
  informational(status: number, headers: HeaderList): void;
  /** `answer`: what the message rules say of this head, where whoever read it has asked them already. */
  head(status: number, headers: HeaderList, answer?: Answer): void;
  data(chunk: Uint8Array): void;
  end(trailers: HeaderList): void;
  failed(failure: UpstreamFailure): void;
  /** After `write` returned false: more may be written now. */
  drain(): void;
}

export interface UpstreamStream {
  /** Sends a piece of body; false means "enough for now, wait for `drain`". The chunk is not kept after it was sent. */
  write(chunk: Uint8Array): boolean;
  end(trailers?: HeaderList): void;
  /** Stops everything at once, both ways; no event follows. Harmless after the end. */
  cancel(): void;
  /** Asks for no more `data` for now; a few chunks may still come. */
  pause(): void;
  resume(): void;
}

export interface Upstream {
  /**
   * Never throws; `events` may be called before `open` returns. Nothing of the body may be written before `admitted`.
   */
  open(request: UpstreamRequest, events: UpstreamEvents): UpstreamStream;
}

/** The stream of a request that ended before it began: whatever is still done with it concerns nobody. */
export const CLOSED_STREAM: UpstreamStream = {
  write: () => true,
  end: () => undefined,
  cancel: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};
