import { sha256 } from '../../store/records/digest.ts';
import { parseRecord, RecordError } from '../../store/records/record-error.ts';

export const RULESET_KEY = 'ruleset';

/** Longest text of a ruleset in bytes of UTF-8: as JSON it fits one value of the store (512 KiB) even if each line is short. */
export const RULESET_TEXT_BYTES = 256 * 1024;

/** The text that the running topology was compiled from, as its author wrote it. */
export interface RulesetRecord {
  readonly format: 1;
  readonly file: string;
  readonly text: string;
  readonly sha256: string;
  /** Epoch at which it was applied; later epochs may have changed owners and overrides, not the rules. */
  readonly epoch: number;
  readonly author: string;
  readonly reason: string;
  readonly at: number;
}

export function makeRuleset(content: Omit<RulesetRecord, 'format' | 'sha256'>): RulesetRecord {
  return { format: 1, ...content, sha256: sha256(content.text) };
}

export function encodeRuleset(record: RulesetRecord): string {
  return JSON.stringify(record);
}

/** Throws RecordError. */
export function decodeRuleset(text: string): RulesetRecord {
  const record = parseRecord(RULESET_KEY, text, [1]) as unknown as RulesetRecord;
  for (const field of ['file', 'text', 'author', 'reason'] as const) {
    if (typeof record[field] !== 'string') throw new RecordError(RULESET_KEY, `${field} is not a text`);
  }
  if (!Number.isSafeInteger(record.epoch) || !Number.isFinite(record.at))
    throw new RecordError(RULESET_KEY, 'no epoch or time');
  if (record.sha256 !== sha256(record.text)) throw new RecordError(RULESET_KEY, 'its text does not hash to its sha256');
  return record;
}
