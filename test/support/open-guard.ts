import type { Clock } from '../../src/core/clock.ts';
import { ShardGuard } from '../../src/core/guard/shard-guard.ts';
import type { Table } from '../../src/core/table.ts';
import { instantOf } from '../../src/gateway/guard/guard-renewal.ts';
import { DEFAULT_GUARD_SETTINGS } from '../../src/gateway/guard/guard-settings.ts';

/** A guard under this table that has read the store just now; its horizon is far away unless the test says otherwise. */
export function openGuard(
  table: Table | null,
  { clock, dataCenter, horizonMs = 3_600_000 }: { clock: Clock; dataCenter: string; horizonMs?: number },
): ShardGuard {
  // A laptop that slept during a test run must not close it.
  const rules = { ...DEFAULT_GUARD_SETTINGS, horizonMs, jumpMs: horizonMs };
  const guard = new ShardGuard(dataCenter, rules, () => undefined);
  const now = instantOf(clock);
  if (table === null) return guard;
  guard.applied(table, now);
  guard.reading({ head: table, hasOwnRecord: true }, now);
  return guard;
}
