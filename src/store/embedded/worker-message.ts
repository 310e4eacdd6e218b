import type { ErrorCode } from '../../errors.ts';
import type { StoreCondition, StoreSnapshot, StoreWrite, TransactionResult } from '../coord-store.ts';

/** What the worker is started with. */
export interface WorkerOptions {
  readonly file: string;
  /** Put before every key: the realm's. */
  readonly keyPrefix: string;
  readonly snapshotBytes: number;
  readonly maxHintKeys: number;
  readonly changePollMs: number;
  readonly changeLogLength: number;
}

export type StoreCall =
  | { readonly kind: 'read'; readonly keys: readonly string[] }
  | { readonly kind: 'snapshot'; readonly prefix: string }
  | {
      readonly kind: 'transact';
      readonly conditions: readonly StoreCondition[];
      readonly writes: readonly StoreWrite[];
    };

/**
 * One shared word per call settles the race between the time limit (main thread) and the commit (worker): whoever swaps
 * WAITING first wins, so a transaction that is called timed out is provably not written, and only one that was already
 * committing is ambiguous.
 */
export const CALL_STATE = { waiting: 0, cancelled: 1, committing: 2 } as const;

export type CallState = Int32Array<SharedArrayBuffer>;

export type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly call: StoreCall; readonly state: CallState }
  /** Follow the log of changes; answered by `following`, once and late if the file cannot be opened yet. */
  | { readonly kind: 'follow'; readonly id: number }
  | { readonly kind: 'unfollow' }
  | { readonly kind: 'close' };

export type CallAnswer = StoreSnapshot | TransactionResult;

export type FromWorker =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: CallAnswer }
  | { readonly kind: 'failed'; readonly id: number; readonly code: ErrorCode; readonly detail: string }
  | { readonly kind: 'following'; readonly id: number; readonly revision: string }
  | { readonly kind: 'changed'; readonly keys: readonly string[] }
  | { readonly kind: 'lagged'; readonly reason: string };
