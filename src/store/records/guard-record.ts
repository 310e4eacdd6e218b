import type { DrainAcknowledgement } from '../../core/guard/freezes.ts';
import type { BootId, DataCenterId, Epoch, Incarnation, NodeId } from '../../core/ids.ts';
import { KnownTexts } from './known-texts.ts';
import { checkTexts, parseRecord, RecordError } from './record-error.ts';

export const GUARD_PREFIX = 'guards/';

/**
 * What a guard says of itself. A guard opens only after it read this record back, so whoever waits for the guards of a data
 * center and finds none under this boot need not wait for it. Alive while `beat` changes, on the reader's own clock.
 */
export interface GuardRecord {
  readonly format: 1;
  readonly node: NodeId;
  readonly boot: BootId;
  readonly dataCenter: DataCenterId;
  readonly version: string;
  /** Formats of the table's records that it reads. */
  readonly formats: readonly number[];
  /** `host:port` of its interlink. */
  readonly address: string;
  /** What it ran when this was written: at each drain and each beat; the edge's record is the fresher one. Null: no table. */
  readonly applied: { readonly incarnation: Incarnation; readonly epoch: Epoch } | null;
  /** Nothing is in flight here of the shards that the operation froze at this epoch, and nothing of them is acknowledged any more. */
  readonly drained: readonly DrainAcknowledgement[];
  /**
   * L: for how long it may admit on the strength of one read, ms. Absent: written by a version that does not say; as a field that
   * older versions leave aside, it needs no new format.
   */
  readonly horizonMs?: number;
  /** Grows with every renewal. */
  readonly beat: number;
}

/** A boot ID is new at each start: two processes under one name never share a record. */
export function guardKey(node: NodeId, boot: BootId): string {
  return `${GUARD_PREFIX}${node}/${boot}`;
}

export function encodeGuard(record: GuardRecord): string {
  return JSON.stringify(record);
}

/** Whoever waits for a drain reads all of them again at each change of one. */
const KNOWN = new KnownTexts<GuardRecord>(512);

/** Throws RecordError. The same text gives the same object. */
export function decodeGuard(key: string, text: string): GuardRecord {
  const record = KNOWN.of(text, () => checkGuard(key, text));
  if (key !== guardKey(record.node, record.boot)) throw new RecordError(key, 'lies under another name');
  return record;
}

function checkGuard(key: string, text: string): GuardRecord {
  const record = parseRecord(key, text, [1]);
  checkTexts(key, record, ['node', 'boot', 'dataCenter', 'version', 'address']);
  const { drained, beat, horizonMs } = record;
  if (!Array.isArray(drained) || !drained.every(isAcknowledgement))
    throw new RecordError(key, `drained is ${JSON.stringify(drained)}, must be a list of operation and epoch`);
  if (!Number.isSafeInteger(beat)) throw new RecordError(key, `beat is ${JSON.stringify(beat)}`);
  const isHorizon = horizonMs === undefined || (Number.isSafeInteger(horizonMs) && (horizonMs as number) > 0);
  if (!isHorizon)
    throw new RecordError(key, `horizonMs is ${JSON.stringify(horizonMs)}, must be a whole number from 1, or absent`);
  return record as unknown as GuardRecord;
}

function isAcknowledgement(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { operation, epoch } = value as Partial<DrainAcknowledgement>;
  return typeof operation === 'string' && Number.isSafeInteger(epoch);
}
