import { setTimeout as pause } from 'node:timers/promises';
import type { Epoch } from '../../src/core/ids.ts';
import type { CoordStore } from '../../src/store/coord-store.ts';
import { TableReader } from '../../src/store/records/table-reader.ts';
import { writeTable } from '../../src/store/records/table-writer.ts';

/** Who has which table since when. */
export interface TableObserver {
  readonly names: readonly string[];
  /** Resolves when all have this epoch, to when each had it, on the clock of `performance.now()`. */
  all(epoch: number): Promise<readonly number[]>;
}

/** Of one change: ms from before its writing until each had it in force. */
export type Propagation = readonly number[];

/** A change comes this long after the last one was in force everywhere, and a little more each time: never in step with a poll. */
const PAUSE_MS = 20;
const PAUSE_STEP_MS = 7;
const PAUSE_STEPS = 11;

/** Writes tables that differ in one override, one after the other, and says how long each took to be in force everywhere. */
export async function propagations(
  store: CoordStore,
  realm: string,
  observer: TableObserver,
  changes: number,
): Promise<readonly Propagation[]> {
  const reader = new TableReader(store, realm);
  const found: Propagation[] = [];
  for (let change = 0; change < changes; change += 1) {
    await pause(PAUSE_MS + (change % PAUSE_STEPS) * PAUSE_STEP_MS);
    const { epoch, sentAt } = await changeTable(store, reader, change);
    const times = await observer.all(epoch);
    found.push(times.map((at) => at - sentAt));
  }
  return found;
}

/** A weight of the first sharded unit with two cells, as an operator's shift changes it. */
async function changeTable(store: CoordStore, reader: TableReader, change: number) {
  const reading = await reader.read();
  if (reading === null) throw new Error('the store has no table');
  const { table, headVersion } = reading;
  const unit = table.topology.document.units.find(({ kind, cells }) => kind === 'R' && cells.length === 2);
  if (unit === undefined) throw new Error('the ruleset has no sharded unit of two cells');
  const first = 40 + (change % 21);
  const weights = Object.fromEntries(unit.cells.map(({ id }, index) => [id, index === 0 ? first : 100 - first]));
  const override = { unit: unit.id, weights, author: 'bench', reason: `change ${change}`, expiresAt: null };
  const epoch = (table.epoch + 1) as Epoch;
  const sentAt = performance.now();
  const { result } = await writeTable(store, { ...table, epoch, overrides: [override] }, headVersion);
  if (result.kind !== 'committed') throw new Error('somebody else changed the table meanwhile');
  return { epoch, sentAt };
}
