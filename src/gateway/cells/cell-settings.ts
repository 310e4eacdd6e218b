import type { EntranceSettings } from '../overload/cell-entrance.ts';

/**
 * Every bound of the way to the cells, with its default. Milliseconds unless the name says otherwise. The names are those
 * of the gateway's configuration under `cells.`; details of errors name them.
 */
export interface CellSettings extends EntranceSettings {
  /** Most connections to one instance; also the most requests in flight to it. */
  readonly maxConnectionsPerInstance: number;
  /** Longest attempt to connect, TLS handshake included, whatever the requests that wait for it say. */
  readonly connectAttemptMs: number;
  /** An idle connection is closed after this time; must be below the instances' own idle time (Node's default: 5 s). */
  readonly keepAliveIdleMs: number;
  /** Upper limit for what an instance's `Keep-Alive: timeout=` may ask for. */
  readonly keepAliveMaxMs: number;
  /** Largest head of an answer, in bytes. */
  readonly maxResponseHeadBytes: number;
  /** Body bytes kept for an instance that does not take them; beyond it a writer that ignores `false` is cut off. */
  readonly maxBodyBufferBytes: number;
  /** Longest silence of an upgraded connection, both ways; TCP keep-alive finds dead peers much earlier. */
  readonly tunnelIdleMs: number;
  /** Most instances of one cell, all origins together. */
  readonly maxInstancesPerCell: number;
  /** A registered instance without a heartbeat for this long, on our own clock, is dead. */
  readonly heartbeatMs: number;
  /** How often DNS names are resolved again, and the longest wait for an answer. */
  readonly resolveIntervalMs: number;
  readonly resolveTimeoutMs: number;
  /** Health checks under way at once, over all cells. */
  readonly checkConcurrency: number;
  /** Instances count as healthy before their first check. */
  readonly startHealthy: boolean;
  /** Weight of an instance that became available grows to the full over this time. */
  readonly slowStartMs: number;
  /** Consecutive failures until an instance is ejected. */
  readonly ejectAfter: number;
  /** First ejection; each further one in a row takes that much longer, up to the maximum. */
  readonly ejectMs: number;
  readonly ejectMaxMs: number;
  /** Answers ≥ 500 count as failures. */
  readonly ejectOnServerError: boolean;
  /** Attempts at other instances per request, after connects that failed with nothing sent. */
  readonly maxOtherInstances: number;
  /** Share of requests that may be attempts at another instance (0.2 = 20 %), and how many may come at once. */
  readonly retryShare: number;
  readonly retryBurst: number;
  /** Instances that left the set may finish what they have for this long. */
  readonly drainMs: number;
}

export const DEFAULT_CELL_SETTINGS: CellSettings = Object.freeze({
  maxConnectionsPerInstance: 256,
  connectAttemptMs: 5_000,
  keepAliveIdleMs: 4_000,
  keepAliveMaxMs: 30_000,
  maxResponseHeadBytes: 64 * 1024,
  maxBodyBufferBytes: 1024 * 1024,
  tunnelIdleMs: 3_600_000,
  queueMaxRequests: 256,
  queueMs: 1_000,
  queueBusyMs: 100,
  slowSenderMs: 800,
  slowTakerMs: 5_000,
  slowBytes: 512,
  maxInstancesPerCell: 64,
  heartbeatMs: 5_000,
  resolveIntervalMs: 5_000,
  resolveTimeoutMs: 2_000,
  checkConcurrency: 16,
  startHealthy: false,
  slowStartMs: 10_000,
  ejectAfter: 5,
  ejectMs: 5_000,
  ejectMaxMs: 60_000,
  ejectOnServerError: false,
  maxOtherInstances: 2,
  retryShare: 0.2,
  retryBurst: 10,
  drainMs: 30_000,
});
