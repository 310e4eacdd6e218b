import { parseRecord, RecordError } from '../../store/records/record-error.ts';

export const LEADER_KEY = 'control/leader';

/**
 * Who carries operations out. The term is a counter in the value, never the store's own revision, which a restore can turn
 * back. Alive while `renewed` changes, on the reader's own clock.
 */
export interface LeaderRecord {
  readonly format: 1;
  readonly node: string;
  /** New at each start: two processes under one name are two candidates. */
  readonly boot: string;
  readonly term: number;
  /** Grows with every renewal. */
  readonly renewed: number;
}

export function encodeLeader(record: LeaderRecord): string {
  return JSON.stringify(record);
}

/** Throws RecordError. */
export function decodeLeader(text: string): LeaderRecord {
  const record = parseRecord(LEADER_KEY, text, [1]) as unknown as LeaderRecord;
  if (typeof record.node !== 'string' || typeof record.boot !== 'string')
    throw new RecordError(LEADER_KEY, 'lacks node or boot');
  for (const field of ['term', 'renewed'] as const) {
    if (!Number.isSafeInteger(record[field]))
      throw new RecordError(LEADER_KEY, `${field} is ${JSON.stringify(record[field])}`);
  }
  return record;
}
