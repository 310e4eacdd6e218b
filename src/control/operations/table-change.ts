import type { Clock } from '../../core/clock.ts';
import type { Epoch } from '../../core/ids.ts';
import type { CoordStore, StoreCondition, StoreWrite, TransactionResult } from '../../store/coord-store.ts';
import type { TableReading } from '../../store/records/table-reader.ts';
import { encodeTable, type TableContent } from '../../store/records/table-record.ts';
import { writeTable } from '../../store/records/table-writer.ts';
import { readAuditLink } from '../audit-link.ts';
import { auditKey, encodeAudit, makeAudit } from '../records/audit-record.ts';

/** Who changes the table, and what that is in words. */
export interface ChangeNote {
  readonly author: string;
  readonly role: string;
  readonly action: string;
  readonly reason: string;
  readonly id: string;
  readonly changes: readonly string[];
}

/**
 * Writes the next table with its audit record, in one transaction that compares the head (it is the chain's guard, too: one record per
 * epoch) and whatever else the caller names.
 */
export async function changeTable(
  { store, clock }: { readonly store: CoordStore; readonly clock: Clock },
  { table, headVersion }: TableReading,
  change: Partial<Pick<TableContent, 'shards' | 'overrides'>>,
  note: ChangeNote,
  extra: { readonly conditions: readonly StoreCondition[]; readonly writes: readonly StoreWrite[] },
): Promise<TransactionResult> {
  const epoch = (table.epoch + 1) as Epoch;
  const content: TableContent = { ...table, ...change, epoch };
  const { previous, condition } = await readAuditLink(store, table.epoch);
  const record = makeAudit({
    ...note,
    sequence: epoch,
    incarnation: table.incarnation,
    at: clock.wallMs(),
    fromEpoch: table.epoch,
    digest: encodeTable(content).head.digest,
    previous,
  });
  const audit = { key: auditKey(epoch), value: encodeAudit(record) };
  const writes = [...extra.writes, audit];
  const conditions = [...extra.conditions, condition];
  const { result } = await writeTable(store, content, headVersion, { conditions, writes });
  return result;
}
