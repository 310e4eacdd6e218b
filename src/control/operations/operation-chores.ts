import type { Clock } from '../../core/clock.ts';
import type { CoordStore } from '../../store/coord-store.ts';
import type { TableReader } from '../../store/records/table-reader.ts';
import type { ControlObserver } from '../control-event.ts';
import { operationKey, wishKey } from '../records/operation-record.ts';
import type { Leadership } from './leadership.ts';
import type { StoredOperation } from './operation-store.ts';
import { changeTable } from './table-change.ts';

export interface ChoreParts {
  readonly store: CoordStore;
  readonly tables: TableReader;
  readonly clock: Clock;
  readonly leadership: Leadership;
  readonly observer: ControlObserver;
  readonly keepRecords: number;
  readonly keepDays: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Most records that one pass deletes; two writes each, besides the conditions. */
const DELETED_AT_ONCE = 20;

/** Takes away overrides whose time is over: one transaction, one epoch, one audit record for all of them. */
export async function removeExpiredOverrides({
  store,
  tables,
  clock,
  leadership,
  observer,
}: ChoreParts): Promise<void> {
  const reading = await tables.read();
  if (reading === null) return;
  const { overrides } = reading.table;
  const now = clock.wallMs();
  const expired = overrides.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now);
  if (expired.length === 0) return;
  const units = expired.map(({ unit }) => unit);
  const note = {
    author: 'control',
    role: 'control',
    action: `end of override of ${units.join(', ')}`,
    reason: 'its time is over',
    id: `override-end-${reading.table.epoch + 1}`,
    changes: expired.map(
      ({ unit, author, reason }) => `${unit}: weights of the ruleset; ${author} had set others: ${reason}`,
    ),
  };
  const kept = overrides.filter((override) => !expired.includes(override));
  const result = await leadership.holding((term) =>
    changeTable({ store, clock }, reading, { overrides: kept }, note, { conditions: [term], writes: [] }),
  );
  if (result.kind !== 'committed') return;
  for (const unit of units) observer({ kind: 'override-expired', unit, epoch: reading.table.epoch + 1 });
}

/** Deletes the oldest ended operations beyond the bounds; what they did stays in the audit. */
export async function trimHistory(parts: ChoreParts, operations: readonly StoredOperation[]): Promise<void> {
  const { store, clock, leadership, keepRecords, keepDays } = parts;
  const ended = operations
    .filter(({ operation }) => operation.outcome !== null)
    .sort((a, b) => b.operation.createdAt - a.operation.createdAt);
  const oldest = clock.wallMs() - keepDays * DAY_MS;
  const gone = ended.filter(({ operation }, index) => index >= keepRecords || operation.createdAt < oldest);
  const batch = gone.slice(0, DELETED_AT_ONCE);
  if (batch.length === 0) return;
  const conditions = batch.map(({ operation, version }) => ({ key: operationKey(operation.id), version }));
  const writes = batch.flatMap(({ operation: { id } }) => [
    { key: operationKey(id), value: null },
    { key: wishKey(id), value: null },
  ]);
  await leadership.holding((term) => store.transact([term, ...conditions], writes));
}
