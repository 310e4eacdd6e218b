import { decodeEdge, type EdgeRecord } from '../store/records/node-record.ts';
import { RecordError } from '../store/records/record-error.ts';

const HEALTH = new Set(['healthy', 'unhealthy', 'checking', 'ejected', 'draining']);
const ORIGINS = new Set(['static', 'dns', 'registered']);

/** `decodeEdge`, and every list inside checked too: control walks them all, and one bad record must not stop it. */
export function readEdge(key: string, text: string): EdgeRecord {
  const record = decodeEdge(key, text);
  const formats: unknown = record.formats;
  if (!Array.isArray(formats) || !formats.every((format) => typeof format === 'number')) {
    throw new RecordError(key, `formats is ${JSON.stringify(formats)}, must be a list of numbers`);
  }
  if (!isApplied(record.applied)) {
    throw new RecordError(key, `applied is ${JSON.stringify(record.applied)}, must be null or {incarnation, epoch}`);
  }
  for (const report of record.cells as readonly unknown[]) {
    if (!isCellReport(report))
      throw new RecordError(key, `a cell's report is ${JSON.stringify(report)?.slice(0, 100)}`);
  }
  return record;
}

function isApplied(value: unknown): boolean {
  if (value === null) return true;
  if (!isObject(value) || typeof value.incarnation !== 'string') return false;
  return Number.isSafeInteger(value.epoch) && (value.epoch as number) >= 0;
}

function isCellReport(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value.cell === 'string' &&
    Array.isArray(value.instances) &&
    value.instances.every(isInstance)
  );
}

function isInstance(value: unknown): boolean {
  if (!isObject(value) || typeof value.address !== 'string') return false;
  return HEALTH.has(value.health as string) && ORIGINS.has(value.origin as string);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
