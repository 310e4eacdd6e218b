import type { Registry } from 'prom-client';
import { isHeld } from '../core/decide.ts';
import type { Table } from '../core/table.ts';
import { holdMetrics } from '../gateway/holding/hold-metrics.ts';
import type { HoldSettings } from '../gateway/holding/hold-settings.ts';
import { Holding } from '../gateway/holding/holding.ts';
import { SYSTEM_CLOCK as clock } from './system-clock.ts';

/** Where a gateway holds requests; `table` is the one in force. */
export function gatewayHolding(settings: HoldSettings, registry: Registry, table: () => Table | null): Holding {
  const holding: Holding = new Holding({
    clock,
    settings,
    observer: holdMetrics(registry, () => holding),
    isFree: (shard, epoch) => {
      const current = table();
      return current !== null && !isHeld(current, shard) && (current.shards.epoch[shard] ?? 0) >= epoch;
    },
  });
  return holding;
}
