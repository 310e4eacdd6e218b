import type { Table } from '../core/table.ts';
import type { CoordStore } from '../store/coord-store.ts';
import type { ChangeView, ConflictView } from './api-types.ts';
import { type AuditRecord, auditKey, decodeAudit } from './records/audit-record.ts';
import { versionView } from './table-view.ts';

/** Most changes that a conflict lists. */
const LISTED = 20;

/** The audit record of an epoch; null if there is none, or none that can be used. */
export async function readAudit(store: CoordStore, epoch: number): Promise<AuditRecord | null> {
  const [record] = await readAudits(store, epoch, epoch);
  return record ?? null;
}

/** What changed since `plannedOnEpoch`, from the audit: who, when, why, and in words what. */
export async function conflictView(
  store: CoordStore,
  plannedOnEpoch: number,
  running: Table | null,
): Promise<ConflictView> {
  if (running === null || running.epoch <= plannedOnEpoch) {
    return { plannedOnEpoch, running: running === null ? null : versionView(running), since: [], earlier: 0 };
  }
  const from = Math.max(plannedOnEpoch + 1, running.epoch - LISTED + 1);
  const records = await readAudits(store, from, running.epoch);
  const since = records.filter((record) => record.incarnation === running.incarnation).map(changeView);
  return { plannedOnEpoch, running: versionView(running), since, earlier: from - plannedOnEpoch - 1 };
}

async function readAudits(store: CoordStore, from: number, to: number): Promise<AuditRecord[]> {
  if (to < 1) return [];
  const keys = Array.from({ length: to - from + 1 }, (_, offset) => auditKey(from + offset));
  const { entries } = await store.read(keys);
  return entries.flatMap(({ key, value }) => {
    try {
      return [decodeAudit(key, value)];
    } catch {
      // A damaged record is found by whoever verifies the chain; it must not stop a change.
      return [];
    }
  });
}

function changeView({ sequence, at, author, action, reason, changes }: AuditRecord): ChangeView {
  return { epoch: sequence, at, author, action, reason, changes };
}
