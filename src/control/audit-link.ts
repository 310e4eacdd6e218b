import type { CoordStore, StoreCondition } from '../store/coord-store.ts';
import { auditKey, decodeAudit } from './records/audit-record.ts';

/** What ties the next audit record to the one before it. */
export interface AuditLink {
  /** Hash of the record before; null if there is none, or none that can be used. */
  readonly previous: string | null;
  /** That it is still what was read: belongs into the transaction that writes the next one. */
  readonly condition: StoreCondition;
}

/**
 * Reads the record of `epoch`. It came with the table of that epoch, so whoever has read the table finds it; but not if the store was
 * replaced by its backup in between, and put back before the transaction. Then the record would name nothing, and the chain be broken for good:
 * so the transaction compares what was read, as it compares the head.
 */
export async function readAuditLink(store: CoordStore, epoch: number): Promise<AuditLink> {
  const key = auditKey(epoch);
  const [entry] = (await store.read([key])).entries;
  const condition = { key, version: entry?.version ?? null };
  return { previous: entry === undefined ? null : hashIn(key, entry.value), condition };
}

/** A damaged record is found by whoever verifies the chain; it must not stop a change. */
function hashIn(key: string, text: string): string | null {
  try {
    return decodeAudit(key, text).hash;
  } catch {
    return null;
  }
}
