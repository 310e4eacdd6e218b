import type { Adoption } from '../../core/adoption/adoption.ts';
import type { CoordStore } from '../../store/coord-store.ts';
import { parseRecord, RecordError } from '../../store/records/record-error.ts';

export const ADOPTION_KEY = 'control/adoption';

const STEPS = ['wait', 'fence', 'promote', 'follow', 'ended'];

export function encodeAdoption(adoption: Adoption): string {
  return JSON.stringify(adoption);
}

/** Throws RecordError. */
export function decodeAdoption(text: string): Adoption {
  const record = parseRecord(ADOPTION_KEY, text, [1]) as unknown as Adoption;
  if (!STEPS.includes(record.step)) throw new RecordError(ADOPTION_KEY, `step is ${JSON.stringify(record.step)}`);
  for (const field of ['id', 'author', 'incarnation'] as const) {
    if (typeof record[field] !== 'string' || record[field] === '')
      throw new RecordError(ADOPTION_KEY, `${field} is ${JSON.stringify(record[field])}`);
  }
  for (const field of ['freezeEpoch', 'windowMs'] as const) {
    if (!Number.isSafeInteger(record[field]))
      throw new RecordError(ADOPTION_KEY, `${field} is ${JSON.stringify(record[field])}`);
  }
  for (const field of ['succeeds', 'givenUp', 'superseded', 'owners', 'frozen', 'followed', 'results'] as const) {
    if (!Array.isArray(record[field])) throw new RecordError(ADOPTION_KEY, `${field} is no list`);
  }
  return record;
}

export interface StoredAdoption {
  readonly adoption: Adoption | null;
  /** Null: there is no record. */
  readonly version: string | null;
}

/** The newest adoption, linearizably. Throws RecordError for a damaged record. */
export async function readAdoption(store: CoordStore): Promise<StoredAdoption> {
  const [entry] = (await store.read([ADOPTION_KEY])).entries;
  if (entry === undefined) return { adoption: null, version: null };
  return { adoption: decodeAdoption(entry.value), version: entry.version };
}
