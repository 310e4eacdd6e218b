import type { Epoch } from '../../core/ids.ts';
import type { Topology } from '../../core/topology.ts';
import type { StoreEntry } from '../../store/coord-store.ts';
import { decodeGuard, type GuardRecord } from '../../store/records/guard-record.ts';

/** A freeze whose guards are waited for. */
export interface Drain {
  readonly operation: string;
  readonly epoch: Epoch;
  readonly units: readonly string[];
}

/**
 * Guards that have not acknowledged the freeze, by the name of their records. Whoever is not among the records cannot be open: a guard
 * opens only after a read that contains its own. A record that cannot be read speaks for a guard that has not acknowledged.
 */
export function undrained(entries: readonly StoreEntry[], topology: Topology, drain: Drain): string[] {
  const dataCenters = dataCentersOf(topology, drain.units);
  return entries.flatMap(({ key, value }) => {
    const record = tryDecode(key, value);
    if (record === null) return [key];
    if (!dataCenters.has(record.dataCenter)) return [];
    const { operation, epoch } = drain;
    return record.drained.some((own) => own.operation === operation && own.epoch === epoch) ? [] : [key];
  });
}

function dataCentersOf(topology: Topology, units: readonly string[]): Set<string> {
  const cells = units.flatMap((id) => topology.units[topology.unitIndex.get(id) ?? -1]?.cells ?? []);
  return new Set(cells.map(({ dataCenter }) => topology.dataCenters[dataCenter]?.id ?? ''));
}

function tryDecode(key: string, value: string): GuardRecord | null {
  try {
    return decodeGuard(key, value);
  } catch {
    return null;
  }
}
