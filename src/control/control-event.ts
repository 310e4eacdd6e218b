/** What happens inside a control node and fails no call: for its log and metrics. */
export type ControlEvent =
  /** The gateways' records could not be read; the last reading stays and nobody ages meanwhile. */
  | { readonly kind: 'edges-unreadable'; readonly error: unknown }
  /** A record under `edges/` that this version cannot use; told once per version of the record. */
  | { readonly kind: 'edge-record-bad'; readonly key: string; readonly reason: string }
  /** The record of a gateway that was silent for very long was deleted. */
  | { readonly kind: 'edge-removed'; readonly key: string; readonly silentMs: number }
  /** Chunks that no table names were deleted. */
  | { readonly kind: 'chunks-collected'; readonly count: number }
  | { readonly kind: 'chunks-not-collected'; readonly error: unknown }
  /** A ruleset was applied. */
  | { readonly kind: 'ruleset-applied'; readonly epoch: number; readonly author: string }
  /** A call failed by a bug of ours. */
  | { readonly kind: 'call-failed'; readonly method: string; readonly path: string; readonly error: unknown };

export type ControlObserver = (event: ControlEvent) => void;
