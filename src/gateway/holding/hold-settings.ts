import type { HoldBounds } from './hold-room.ts';

/** Settings `hold.*` of a gateway: all routes together; each route has bounds of its own in the ruleset. */
export interface HoldSettings extends HoldBounds {
  /** Time between two batches of a release, ms. */
  readonly rampMs: number;
  /** Requests of a release's first batch; each later one is twice as large, so that a new owner is not stampeded. */
  readonly rampRequests: number;
}

export const DEFAULT_HOLD_SETTINGS: HoldSettings = Object.freeze({
  maxRequests: 10_000,
  maxBytes: 64 * 1024 * 1024,
  rampMs: 5,
  rampRequests: 50,
});
