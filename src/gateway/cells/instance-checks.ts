import type { CellId } from '../../core/ids.ts';
import type { HealthDocument } from '../../core/topology-document.ts';
import type { CheckResult } from './health-check.ts';

/** Checks that run until they are stopped. */
export interface InstanceChecks {
  stop(): void;
}

/** An instance, as far as whoever checks it must know. */
export interface CheckedInstance {
  readonly cell: CellId;
  /** `host:port` or `[ipv6]:port`. */
  readonly key: string;
  readonly health: HealthDocument;
  /** What a check showed. Never called within the call that begins the checks. */
  checked(result: CheckResult): void;
}

/** Begins the checks of an instance, if they are not this process's own (health-loop.ts). */
export type StartChecks = (instance: CheckedInstance) => InstanceChecks;
