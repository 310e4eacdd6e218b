import { parseRecord, RecordError } from '../../store/records/record-error.ts';

export const POLICY_KEY = 'policy';

/** What holds for all operations; `freezeAll` is the switch of `ldc freeze-all`. */
export interface PolicyRecord {
  readonly format: 1;
  readonly freezeAll: {
    readonly on: boolean;
    readonly author: string | null;
    readonly reason: string;
    /** Wall-clock ms. */
    readonly at: number | null;
  };
}

export const NO_POLICY: PolicyRecord = { format: 1, freezeAll: { on: false, author: null, reason: '', at: null } };

export function encodePolicy(record: PolicyRecord): string {
  return JSON.stringify(record);
}

/** Throws RecordError: a damaged switch is not taken for one that is off. */
export function decodePolicy(text: string): PolicyRecord {
  const record = parseRecord(POLICY_KEY, text, [1]) as unknown as PolicyRecord;
  if (typeof record.freezeAll?.on !== 'boolean') throw new RecordError(POLICY_KEY, 'freezeAll.on is no flag');
  return record;
}
