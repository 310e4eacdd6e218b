import type { SourceOutcome } from './identity-result.ts';
import type { Occurrence } from './occurrence.ts';
import type { RequestHeadView } from './request-head-view.ts';

/** The head after one scan for all that the route's sources want; indices are given out by HeadPlan. */
export interface ScannedHead {
  readonly head: RequestHeadView;
  readonly peerIsTrusted: boolean;
  readonly headers: readonly Occurrence[];
  readonly cookies: readonly Occurrence[];
  readonly query: readonly Occurrence[];
}

/** An outcome that needs more than the head: the memory of tokens or sessions, and maybe I/O. Never throws or rejects. */
export type Ask = () => SourceOutcome | Promise<SourceOutcome>;

/** Reads one source (or the JWT sources of one token) out of a scanned head. */
export type SourceReader = (scanned: ScannedHead) => SourceOutcome | Ask;
