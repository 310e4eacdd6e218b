import type { Epoch, Incarnation } from '../core/ids.ts';
import type { GatePosition } from './gate-position.ts';

/**
 * The data gate: how an operation talks to the data of one data center (docs/data-gate.md). Every call is
 * `POST {base}/gate/v1/<call>` with JSON and a bearer token; the fields here are those on the wire.
 */
export const GATE_CALLS = ['fence', 'position', 'caughtUp', 'promote', 'follow', 'lag', 'probe'] as const;
export type GateCallName = (typeof GATE_CALLS)[number];

/** What every call carries. */
export interface GateScope {
  readonly incarnation: Incarnation;
  readonly epoch: Epoch;
  /** `["00-19", "42", "G"]`. */
  readonly shards: readonly string[];
}

/** The highest version that a gate has kept for a shard. */
export interface ShardVersion {
  readonly shard: string;
  readonly incarnation: Incarnation;
  readonly epoch: Epoch;
}

/**
 * `writable`: takes writes. `copy`: follows the owner, refuses writes as not executed. `stale`: was writable, or may hold
 * what the owner has not; refuses writes and replication until `follow`.
 */
export const COPY_ROLES = ['writable', 'copy', 'stale'] as const;
export type CopyRole = (typeof COPY_ROLES)[number];

/** Where a shard's owner is. */
export interface GateOwner {
  readonly unit: string;
  readonly dataCenter: string;
}

export interface FenceCall extends GateScope {
  /**
   * Only in `ldc store adopt`: the incarnation that the gate keeps now. Accepted if it is exactly that one and `epoch` is
   * above the kept epoch.
   */
  readonly adopts?: Incarnation;
}

export interface CaughtUpCall extends GateScope {
  readonly positions: readonly { readonly shard: string; readonly position: GatePosition }[];
  /** 0 to 10,000: how long the gate may wait for the copy. */
  readonly waitMs: number;
}

export interface OwnerCall extends GateScope {
  readonly owner: GateOwner;
}

export interface FollowCall extends OwnerCall {
  /** Epoch at which the owner's copy was promoted, where that is not the call's own: an operation froze the shards since, and aborted. */
  readonly lineage?: Epoch;
}

/** A write into a scratch shard through the application's own transaction, for the conformance check only. */
export interface ProbeCall extends GateScope {
  /** Key of the entry: the same again is the same entry. */
  readonly id: string;
  /** 0 to 5,000: the transaction stays open this long. */
  readonly holdMs: number;
}

export interface ShardPlace {
  readonly shard: string;
  readonly role: CopyRole;
  readonly position: GatePosition;
}

export interface CopyLag {
  /** Data center of the copy. */
  readonly copy: string;
  /** Entries that the copy is not known to have; null: not known. */
  readonly entries: number | null;
  /** Age of the oldest of them in milliseconds; null: not known. */
  readonly ms: number | null;
}

export interface FenceAnswer {
  readonly shards: readonly ShardVersion[];
}
export interface PlacesAnswer {
  readonly shards: readonly ShardPlace[];
}
export interface CaughtUpAnswer {
  readonly caughtUp: boolean;
  readonly shards: readonly (ShardPlace & { readonly caughtUp: boolean })[];
}
export interface FollowAnswer {
  readonly shards: readonly (ShardPlace & { readonly setAside: number })[];
}
/** `copies` is empty where the copy is not the one that takes writes: only that one knows how far the others are. */
export interface LagAnswer {
  readonly shards: readonly (ShardPlace & { readonly copies: readonly CopyLag[] })[];
}
/** `executed: false`: refused, and provably not executed. */
export interface ProbeAnswer {
  readonly executed: boolean;
  readonly code: string | null;
}

/** Codes of a gate's refusals: `{"error": {"code", "message"}, "highest": […]}`. */
export const GATE_REFUSALS = {
  GATE_STALE: { status: 409, message: 'the gate keeps a higher epoch of a shard' },
  GATE_FOREIGN: { status: 409, message: 'the gate keeps another incarnation of the store, and the call adopts none' },
  GATE_CONTRADICTION: { status: 409, message: 'the same epoch was used for something else' },
  GATE_NOT_A_COPY: { status: 409, message: 'the copy was not made to follow, so it is never a target' },
  GATE_WRONG_COPY: { status: 421, message: 'the call is meant for another data center’s gate' },
  GATE_OWNER_NOT_READY: { status: 503, message: 'the owner’s copy cannot be asked, or was not promoted yet: repeat' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;
export type GateRefusal = keyof typeof GATE_REFUSALS;

/**
 * Header of an application's answer to a write: it was provably not executed, and the value says why. The gateway sends
 * such a request again by a newer table; without the header a failed write's outcome is unknown.
 */
export const NOT_EXECUTED_HEADER = 'ldc-not-executed';
/** The write's epoch is below the fence. */
export const STALE_EPOCH = 'STALE_EPOCH';
/** The copy is not (or no longer) the one that takes writes. */
export const NOT_PROMOTED = 'NOT_PROMOTED';

/** Longest wait that a gate accepts, and most bytes of a call or an answer. */
export const GATE_LIMITS = { waitMs: 10_000, holdMs: 5_000, shards: 65_537, bytes: 16 * 1024 * 1024 } as const;
