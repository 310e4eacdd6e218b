import type { Clock } from '../core/clock.ts';
import type { TopologyDocument } from '../core/topology-document.ts';
import type { Acknowledge } from './copy-placement.ts';
import type { Durability } from './ledger-database.ts';
import type { PeerLinkSettings } from './peer-link.ts';

/** The process of another data center. */
export interface Peer {
  readonly dataCenter: string;
  /** `http://127.0.0.1:8140`, without a slash at the end. */
  readonly url: string;
}

export interface ReplicationSettings extends PeerLinkSettings {
  readonly acknowledge: Acknowledge;
  /** A copy that `acknowledge` asks for is down: acknowledge without it (and count), or refuse writes (503). */
  readonly whenCopyIsDown: 'continue' | 'refuse';
  /** Held back before it is sent to other cities, for drills. */
  readonly delayMs: number;
  /** A copy answers reads itself this long after it heard that it is complete; shorter than `copyTimeoutMs`. */
  readonly freshMs: number;
  /** A write or read that is passed on to the primary's process: each attempt, and all together. */
  readonly passOnAttemptMs: number;
  readonly passOnMs: number;
}

export interface CellLimits {
  /** Requests in flight at one instance; more get 503. */
  readonly maxInFlight: number;
  /** Connections of one instance; more are closed at once. */
  readonly maxConnections: number;
  /** Body of a JSON request. */
  readonly jsonBytes: number;
  /** Body of an upload or echo, and size of a download. */
  readonly streamBytes: number;
  /** Longest silence on a connection that has a request in flight. */
  readonly idleMs: number;
  /** Longest time for receiving one whole request. */
  readonly requestMs: number;
}

/** Where to register instances; see heartbeat.ts. */
export interface HeartbeatTarget {
  /** Admin addresses of the data center's gateways: `http://127.0.0.1:8113`. */
  readonly urls: readonly string[];
  readonly token: string;
}

/** A line for the operator; pino's loggers fit. */
export interface UnitLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface DataCenterCellsOptions {
  readonly clock: Clock;
  readonly log: UnitLog;
  readonly dataCenter: string;
  /** This data center's own directory; made if absent, held by one process at a time. */
  readonly directory: string;
  readonly topology: TopologyDocument;
  /** Own data center may be in the list: it is left out. More can come with `setPeers`. */
  readonly peers: readonly Peer[];
  /** Shared by the processes of all data centers; at least 16 characters. */
  readonly peerToken: string;
  /** Bearer token of the data gate, for the operation runner; at least 16 characters. Default: `peerToken`. */
  readonly gateToken?: string;
  readonly host?: string;
  /** Port for the other data centers' processes and for operators; 0: a free one. */
  readonly processPort?: number;
  readonly instancesPerCell?: number;
  /** Ports by cell, one for each instance; a cell that is not named gets free ones. */
  readonly instancePorts?: Readonly<Record<string, readonly number[]>>;
  readonly gateways?: HeartbeatTarget | null;
  readonly heartbeatMs?: number;
  /** Sent with each registration: share of this instance among its cell's. */
  readonly instanceWeight?: number;
  readonly durability?: Durability;
  readonly replication?: Partial<ReplicationSettings>;
  readonly limits?: Partial<CellLimits>;
}

export const REPLICATION_DEFAULTS: ReplicationSettings = {
  acknowledge: 'same-city',
  whenCopyIsDown: 'continue',
  delayMs: 0,
  callTimeoutMs: 1_000,
  retryMs: 100,
  heartbeatMs: 400,
  copyTimeoutMs: 2_000,
  lingerMs: 20,
  freshMs: 1_500,
  passOnAttemptMs: 2_500,
  passOnMs: 5_000,
};

export const CELL_LIMIT_DEFAULTS: CellLimits = {
  maxInFlight: 2_000,
  maxConnections: 10_000,
  jsonBytes: 8 * 1024,
  streamBytes: 1024 * 1024 * 1024,
  idleMs: 120_000,
  requestMs: 300_000,
};

/** Everything filled in; throws an Error that names what is wrong with the options. */
export function completeOptions(options: DataCenterCellsOptions) {
  const replication: ReplicationSettings = { ...REPLICATION_DEFAULTS, ...options.replication };
  const limits: CellLimits = { ...CELL_LIMIT_DEFAULTS, ...options.limits };
  const known = options.topology.cities.some((city) => city.dataCenters.includes(options.dataCenter));
  if (!known)
    throw new Error(`data center ${options.dataCenter} is not in the topology of realm ${options.topology.realm}`);
  if (options.peerToken.length < 16) throw new Error('peerToken: at least 16 characters');
  if ((options.gateToken ?? options.peerToken).length < 16) throw new Error('gateToken: at least 16 characters');
  for (const [name, value] of Object.entries({ ...replication, ...limits }))
    if (typeof value === 'number' && !(Number.isFinite(value) && value >= (name === 'delayMs' ? 0 : 1)))
      throw new Error(`${name} is ${value}, must be a number of at least 1`);
  if (replication.freshMs >= replication.copyTimeoutMs)
    throw new Error(`freshMs is ${replication.freshMs}, must be below copyTimeoutMs (${replication.copyTimeoutMs})`);
  const instancesPerCell = options.instancesPerCell ?? 1;
  if (!Number.isInteger(instancesPerCell) || instancesPerCell < 1 || instancesPerCell > 64)
    throw new Error(`instancesPerCell is ${instancesPerCell}, must be 1 to 64`);
  return {
    ...options,
    host: options.host ?? '127.0.0.1',
    processPort: options.processPort ?? 0,
    instancesPerCell,
    instancePorts: options.instancePorts ?? {},
    gateToken: options.gateToken ?? options.peerToken,
    gateways: options.gateways ?? null,
    heartbeatMs: options.heartbeatMs ?? 1_000,
    durability: options.durability ?? 'process',
    replication,
    limits,
  } as const;
}

export type CompleteOptions = ReturnType<typeof completeOptions>;
