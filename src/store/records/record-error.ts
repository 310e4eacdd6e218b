/**
 * A record that cannot be used: damaged, of an unknown format, or contradicting itself. Whoever reads keeps the last good
 * one and counts this; one bad record never stops the others.
 */
export class RecordError extends Error {
  readonly key: string;

  constructor(key: string, seen: string, options?: ErrorOptions) {
    super(`record ${key}: ${seen}`, options);
    this.name = 'RecordError';
    this.key = key;
  }
}

/** Throws RecordError for the first of the fields that is not a text. */
export function checkTexts(key: string, record: Readonly<Record<string, unknown>>, fields: readonly string[]): void {
  for (const field of fields)
    if (typeof record[field] !== 'string')
      throw new RecordError(key, `${field} is ${JSON.stringify(record[field])}, must be a text`);
}

/** Parses a record's JSON object and checks its `format` number against those that this version reads. */
export function parseRecord(key: string, text: string, formats: readonly number[]): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RecordError(key, `not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RecordError(key, 'not a JSON object');
  const record = value as Record<string, unknown>;
  if (!formats.includes(record.format as number)) {
    throw new RecordError(key, `format ${JSON.stringify(record.format)}, this version reads ${formats.join(', ')}`);
  }
  return record;
}
