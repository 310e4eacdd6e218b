import type { CoordStore } from '../../store/coord-store.ts';
import { LIMITS } from '../../store/coord-store.ts';
import type { AuditAnswer, AuditRecordView, AuditVerifyAnswer } from '../api-types.ts';
import { type AuditRecord, auditKey, decodeAudit, findBrokenLink } from '../records/audit-record.ts';

/** Records read at once. */
const PAGE = LIMITS.transactionKeys;

/** Up to `limit` records before an epoch, newest first. Damaged ones are left out here; `verifyAudit` names them. */
export async function auditPage(store: CoordStore, before: number, limit: number): Promise<AuditAnswer> {
  const to = before - 1;
  const from = Math.max(1, to - Math.min(limit, PAGE) + 1);
  if (to < 1) return { records: [], next: null };
  const { entries } = await store.read(keysOf(from, to));
  const records = entries
    .flatMap(({ key, value }) => tryDecode(key, value) ?? [])
    .sort((a, b) => b.sequence - a.sequence);
  const [oldest] = records.slice(-1);
  // Below it lie epochs that an adoption jumped over: the next page begins where it came from.
  const isJump = oldest !== undefined && oldest.fromEpoch < from - 1;
  const next = isJump ? oldest.fromEpoch + 1 : from;
  return { records: records.map(auditView), next: next > 1 ? next : null };
}

/**
 * Checks every record from the first epoch to the running one: none is missing, none was changed, each names the one before. In pages, so
 * the table may change meanwhile; `last` says up to where.
 */
export async function verifyAudit(store: CoordStore, runningEpoch: number): Promise<AuditVerifyAnswer> {
  let count = 0;
  let before: AuditRecord | null = null;
  const ended = (problem: string | null): AuditVerifyAnswer => ({
    whole: problem === null,
    count,
    first: count === 0 ? null : 1,
    last: before?.sequence ?? null,
    problem,
  });
  for (let from = 1; from <= runningEpoch; from += PAGE) {
    const to = Math.min(from + PAGE - 1, runningEpoch);
    const { entries } = await store.read(keysOf(from, to));
    const byKey = new Map(entries.map((entry) => [entry.key, entry.value]));
    for (let epoch = from; epoch <= to; epoch += 1) {
      const key = auditKey(epoch);
      const text = byKey.get(key);
      // Epochs that an adoption jumped over have no record; the next one says from where it came.
      if (text === undefined && epoch < runningEpoch && before !== null) continue;
      if (text === undefined) return ended(`there is no audit record of epoch ${epoch}`);
      let record: AuditRecord;
      try {
        record = decodeAudit(key, text);
      } catch (error) {
        return ended((error as Error).message);
      }
      const broken = before === null ? firstProblem(record) : findBrokenLink([before, record]);
      if (broken !== null) return ended(broken);
      before = record;
      count += 1;
    }
  }
  return ended(null);
}

function firstProblem({ previous, sequence }: AuditRecord): string | null {
  return previous === null ? null : `audit ${sequence} is the first, but names a record before it`;
}

function keysOf(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, offset) => auditKey(from + offset));
}

function tryDecode(key: string, value: string): AuditRecord | null {
  try {
    return decodeAudit(key, value);
  } catch {
    return null;
  }
}

function auditView(record: AuditRecord): AuditRecordView {
  const { sequence: epoch, incarnation, at, author, role, action, reason, id, changes, hash } = record;
  return { epoch, incarnation, at, author, role, action, reason, id, changes, hash };
}
