import type { Incarnation } from '../../core/ids.ts';
import { sha256 } from '../../store/records/digest.ts';
import { parseRecord, RecordError } from '../../store/records/record-error.ts';

export const AUDIT_PREFIX = 'audit/';

/**
 * Who changed the table, one record per epoch, written in the transaction that makes the epoch. `previous` is the hash of
 * the record before, so a record that was changed, left out or put in later breaks the chain from there on.
 */
export interface AuditRecord {
  readonly format: 1;
  /** The epoch that the change made; it grows along the chain, by one except where a restored store was adopted. */
  readonly sequence: number;
  readonly incarnation: Incarnation;
  /** Wall clock of the control node, milliseconds since 1970: for people only. */
  readonly at: number;
  /** Name of the token. */
  readonly author: string;
  readonly role: string;
  /** What was done: `apply ruleset three-cities.yaml`. */
  readonly action: string;
  readonly reason: string;
  /** The caller's ID of the change; the same one again is not done twice. */
  readonly id: string;
  /** What changed, in words. */
  readonly changes: readonly string[];
  readonly fromEpoch: number;
  /** Digest of the table's head after the change. */
  readonly digest: string;
  /** Hash of the record before; null for the first, or if there is none. */
  readonly previous: string | null;
  /** SHA-256 over all of the above. */
  readonly hash: string;
}

export type AuditContent = Omit<AuditRecord, 'format' | 'hash'>;

/** Most sentences that a record keeps, and the length of each. */
const CHANGES_KEPT = 50;
const CHANGE_LENGTH = 300;

/** `audit/0000000000000007`: in the order of keys the records are in the order of epochs. */
export function auditKey(sequence: number): string {
  return `${AUDIT_PREFIX}${String(sequence).padStart(16, '0')}`;
}

/** Makes the record; long lists of changes are cut and say so. */
export function makeAudit(content: AuditContent): AuditRecord {
  const kept = content.changes.slice(0, CHANGES_KEPT).map(shorten);
  const more = content.changes.length - kept.length;
  const changes = more > 0 ? [...kept, `and ${more} more changes`] : kept;
  const full = { ...content, changes };
  return { format: 1, ...full, hash: hashOf(full) };
}

export function encodeAudit(record: AuditRecord): string {
  return JSON.stringify(record);
}

/** Throws RecordError, also if the record's hash is not that of its content. */
export function decodeAudit(key: string, text: string): AuditRecord {
  const record = parseRecord(key, text, [1]) as unknown as AuditRecord;
  if (auditKey(record.sequence) !== key)
    throw new RecordError(key, `is of sequence ${JSON.stringify(record.sequence)}`);
  if (!Array.isArray(record.changes) || typeof record.id !== 'string')
    throw new RecordError(key, 'lacks changes or id');
  if (record.hash !== hashOf(record))
    throw new RecordError(key, 'its content does not hash to its hash: it was changed');
  return record;
}

/** The first record that does not follow the one before it, in words; null if the chain is whole. Input in order. */
export function findBrokenLink(records: readonly AuditRecord[]): string | null {
  for (let index = 1; index < records.length; index += 1) {
    const [before, record] = [records[index - 1], records[index]];
    if (before === undefined || record === undefined) continue;
    // An adopted store goes on above every epoch that was seen: the record says from where, and its hash covers that.
    const isNext = record.sequence > before.sequence && record.fromEpoch === before.sequence;
    if (!isNext) return `audit ${before.sequence} is followed by ${record.sequence}`;
    if (record.previous !== before.hash) return `audit ${record.sequence} does not name the hash of ${before.sequence}`;
  }
  return null;
}

function hashOf(record: AuditContent): string {
  const { sequence, incarnation, at, author, role, action, reason, id, changes, fromEpoch, digest, previous } = record;
  return sha256(
    JSON.stringify([
      1,
      sequence,
      incarnation,
      at,
      author,
      role,
      action,
      reason,
      id,
      changes,
      fromEpoch,
      digest,
      previous,
    ]),
  );
}

function shorten(text: string): string {
  return text.length <= CHANGE_LENGTH ? text : `${text.slice(0, CHANGE_LENGTH - 1)}…`;
}
