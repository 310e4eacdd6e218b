import type { Epoch } from '../../src/core/ids.ts';
import type { ShardRecord } from '../../src/core/shard-columns.ts';
import { firstTable, type Table } from '../../src/core/table.ts';
import { smallWorld } from './small-world.ts';
import { INCARNATION } from './three-cities.ts';

/** The small world's first table: shard 0 belongs to R1 (e1, e2), and R2 (w1) can take it. */
export const TWO_UNITS = firstTable(smallWorld(), INCARNATION, 'digest-1');
const NOBODY = 0xffff;
const [A, B] = [TWO_UNITS.topology.unitIndex.get('R1') ?? 0, TWO_UNITS.topology.unitIndex.get('R2') ?? 0];
const PLACE_B = TWO_UNITS.topology.dataCenterIndex.get('w1') ?? 0;

/** The table after one more change of shard 0. */
function next(table: Table, change: Partial<ShardRecord>): Table {
  const epoch = (table.epoch + 1) as Epoch;
  const shards = table.shards.copy();
  shards.fill(0, 0, { ...shards.at(0 as never), epoch, ...change });
  return { ...table, epoch, digest: `digest-${epoch}`, shards };
}

export const frozen = (table: Table, operation = 'op-1'): Table =>
  next(table, {
    state: 'FREEZING',
    owner: NOBODY,
    primary: NOBODY,
    previous: table.shards.owner[0] as number,
    operation,
  });

export const aborted = (table: Table): Table =>
  next(table, {
    state: 'ACTIVE',
    owner: table.shards.previous[0] as number,
    primary: 0,
    previous: NOBODY,
    operation: null,
  });

export function granted(table: Table, unit: 'R1' | 'R2' = 'R2', operation: string | null = null): Table {
  const [owner, primary] = unit === 'R2' ? [B, PLACE_B] : [A, 0];
  const since = (table.epoch + 1) as Epoch;
  return next(table, { state: 'ACTIVE', owner, primary, previous: NOBODY, since, operation });
}

/** The release leaves the shard's epoch. */
export const released = (table: Table): Table =>
  next(table, { epoch: table.shards.epoch[0] as Epoch, operation: null });
