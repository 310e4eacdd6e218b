import type { CellId } from '../../core/ids.ts';

/** For the admin API and `ldc status`; plain JSON. */
export interface CellStatus {
  readonly cell: CellId;
  readonly available: boolean;
  readonly inFlight: number;
  readonly waiting: number;
  readonly maxConcurrent: number;
  /** Entries of the ruleset that could not be used, and why. */
  readonly problems: readonly string[];
  readonly instances: readonly InstanceStatus[];
}

export interface InstanceStatus {
  /** `host:port` or `[ipv6]:port`. */
  readonly address: string;
  /** `list`, `dns:NAME:PORT`, `registered:ID`. */
  readonly origins: readonly string[];
  readonly state: 'unproven' | 'healthy' | 'unhealthy' | 'ejected';
  /** How long the active checks have been showing this, in milliseconds. */
  readonly forMs: number;
  readonly inFlight: number;
  /** Established connections, idle ones included. */
  readonly connections: number;
  /** 0.1 to 1: share of its traffic while it warms up. */
  readonly weight: number;
  readonly lastError: string | null;
}
