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

/** What goes into the same transaction, besides. */
export interface Accompanying {
  readonly conditions: readonly StoreCondition[];
  readonly writes: readonly StoreWrite[];
}

/** Writes the next table, an epoch above the one that was read; the rest is as `writeAuditedTable` says. */
export function changeTable(
  parts: { readonly store: CoordStore; readonly clock: Clock },
  reading: TableReading,
  change: Partial<Pick<TableContent, 'shards' | 'overrides'>>,
  note: ChangeNote,
  extra: Accompanying,
): Promise<TransactionResult> {
  const { table } = reading;
  const content: TableContent = { ...table, ...change, epoch: (table.epoch + 1) as Epoch };
  return writeAuditedTable(parts, reading, content, note, extra);
}

/**
 * Writes a table with its audit record, in one transaction that compares the head (it is the chain's guard, too: one record per
 * epoch), the record that the new one names, and whatever else the caller names. The epoch may jump: the chain goes on from the record of
 * the table that was read.
 */
export async function writeAuditedTable(
  { store, clock }: { readonly store: CoordStore; readonly clock: Clock },
  { table, headVersion }: TableReading,
  content: TableContent,
  note: ChangeNote,
  extra: Accompanying,
): Promise<TransactionResult> {
  const { incarnation, epoch } = content;
  const { previous, condition } = await readAuditLink(store, table.epoch);
  const record = makeAudit({
    ...note,
    sequence: epoch,
    incarnation,
    at: clock.wallMs(),
    fromEpoch: table.epoch,
    digest: encodeTable(content).head.digest,
    previous,
  });
  const writes = [...extra.writes, { key: auditKey(epoch), value: encodeAudit(record) }];
  const conditions = [...extra.conditions, condition];
  const { result } = await writeTable(store, content, headVersion, { conditions, writes });
  return result;
}
