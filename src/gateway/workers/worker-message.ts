import type { DrainAcknowledgement } from '../../core/guard/freezes.ts';
import type { PeerAddress } from '../peer-directory.ts';
import type { GuardNotice } from './shared-guard.ts';
import type { CellReport } from './told-cells.ts';
import type { AppliedVersion } from './worker-ledger.ts';

/** Whose connections: clients' or other gateways'. */
export type Port = 'door' | 'interlink';

/** What a worker's requests may wait for. */
export type News = 'table' | 'horizon';

/** Of one port: connections that are open, and how many were ever taken over from the parent. */
export interface ConnectionCount {
  readonly open: number;
  readonly taken: number;
}

export type ConnectionCounts = Readonly<Record<Port, ConnectionCount>>;

/** From the parent to a worker, in order: whatever a message rests on was sent before it. */
export type DownMessage<Config = unknown> =
  /** The first one. `ticketKeys` in base64; null: the door speaks no TLS. */
  | {
      readonly kind: 'begin';
      readonly config: Config;
      readonly boot: string;
      readonly worker: number;
      readonly ticketKeys: string | null;
    }
  /** A table as a snapshot (store/records/table-snapshot.ts). */
  | { readonly kind: 'table'; readonly text: string }
  | { readonly kind: 'guard'; readonly notice: GuardNotice }
  /** Whether the store answered when it was asked last. */
  | { readonly kind: 'hope'; readonly isHopeful: boolean }
  | { readonly kind: 'peers'; readonly peers: readonly PeerAddress[] }
  | { readonly kind: 'cells'; readonly cells: readonly CellReport[] }
  /** All that is known was sent: serve. */
  | { readonly kind: 'serve' }
  /** The news that were asked for came before this, or did not come. */
  | { readonly kind: 'news'; readonly news: News }
  /** To be answered by `told`. */
  | { readonly kind: 'ask'; readonly id: number; readonly what: 'status' | 'metrics' }
  /** To be answered by `beat`. */
  | { readonly kind: 'beat' }
  /** Certificates' files have changed. */
  | { readonly kind: 'reload' }
  /** No new connections come; end when the open ones have. */
  | { readonly kind: 'drain' }
  /** Comes with a socket. */
  | { readonly kind: 'connection'; readonly port: Port };

/** From a worker to its parent. */
export type UpMessage =
  /** Ready to be told what is known; from here on its event loop turns. */
  | { readonly kind: 'up' }
  | { readonly kind: 'serving' }
  /** It cannot start, and ends. */
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'ran'; readonly applied: AppliedVersion; readonly drained: readonly DrainAcknowledgement[] }
  /** A table that cannot be run here: what ran before stays. */
  | { readonly kind: 'unusable'; readonly detail: string }
  | { readonly kind: 'want'; readonly news: News }
  | { readonly kind: 'beat'; readonly connections: ConnectionCounts }
  | { readonly kind: 'connections'; readonly connections: ConnectionCounts }
  | { readonly kind: 'told'; readonly id: number; readonly value: unknown }
  /** What it counted in its life; the last one. */
  | { readonly kind: 'last'; readonly metrics: unknown };
