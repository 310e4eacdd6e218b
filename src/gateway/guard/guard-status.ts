import type { Clock } from '../../core/clock.ts';
import type { ShardGuard } from '../../core/guard/shard-guard.ts';

/** What an operator sees of a guard. */
export interface GuardStatus {
  readonly isOpen: boolean;
  /** Time left until the horizon, ms. */
  readonly leftMs: number;
  readonly closedBy: string | null;
  readonly writesInFlight: number;
  readonly drained: readonly { readonly operation: string; readonly epoch: number }[];
}

/** A guard as it is at this moment. */
export function guardStatus(guard: ShardGuard, clock: Clock): GuardStatus {
  const leftMs = guard.horizon - clock.monotonicMs();
  return {
    isOpen: leftMs > 0,
    leftMs: Math.max(0, Math.round(leftMs)),
    closedBy: guard.closedBy,
    writesInFlight: guard.writesInFlight,
    drained: guard.drained(),
  };
}
