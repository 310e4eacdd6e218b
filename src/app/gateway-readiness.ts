import type { CellId, MonotonicMs } from '../core/ids.ts';
import type { CellPool } from '../gateway/cells/cell-pool.ts';
import type { RoutingState } from '../gateway/routing-state.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';

export interface Readiness {
  readonly isDraining: boolean;
  readonly routing: RoutingState;
  readonly pool: CellPool;
  readonly startedAt: MonotonicMs;
  /** Setting `cells.heartbeatMs`. */
  readonly heartbeatMs: number;
}

/** Why a gateway should get no requests yet, or any more; null: it is ready. */
export function whyNotReady({ isDraining, routing, pool, startedAt, heartbeatMs }: Readiness): string | null {
  if (isDraining) return 'draining';
  if (routing.current === null) return 'no table: the store was not read yet and there is no snapshot';
  const cells = routing.ownCells();
  // Instances that register themselves need a heartbeat to be known again; after that time a silent one is a dead one.
  if (cells.length === 0 || clock.monotonicMs() - startedAt > heartbeatMs) return null;
  return cells.some((cell) => pool.isAvailable(cell.id as CellId)) ? null : 'its cells were not heard of yet';
}
