import type { Clock } from '../../src/core/clock.ts';
import { isHeld } from '../../src/core/decide.ts';
import type { Table } from '../../src/core/table.ts';
import { DEFAULT_HOLD_SETTINGS, type HoldSettings } from '../../src/gateway/holding/hold-settings.ts';
import { Holding } from '../../src/gateway/holding/holding.ts';

/** Holding as a gateway has it, under the table of the moment; `ends` counts what became of the held. */
export function holdBench(
  clock: Clock,
  table: () => Table | null,
  settings: Partial<HoldSettings> = {},
): { readonly holding: Holding; readonly ends: Record<string, number> } {
  const ends: Record<string, number> = {};
  const count = (how: string): void => {
    ends[how] = (ends[how] ?? 0) + 1;
  };
  const holding = new Holding({
    clock,
    settings: { ...DEFAULT_HOLD_SETTINGS, ...settings },
    isFree: (shard, epoch) => {
      const now = table();
      return now !== null && !isHeld(now, shard) && (now.shards.epoch[shard] as number) >= epoch;
    },
    observer: { held: () => count('held'), ended: (how) => count(how), refused: () => count('refused') },
  });
  return { holding, ends };
}
