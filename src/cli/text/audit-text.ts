import type { AuditAnswer, AuditRecordView, AuditVerifyAnswer } from '../../control/api-types.ts';
import { wrap } from './columns.ts';
import type { Paint } from './paint.ts';
import { bullets } from './ruleset-text.ts';
import { utcTime } from './utc-time.ts';

/** Records of the audit, newest first. */
export function auditLines({ records, next }: AuditAnswer, paint: Paint, width: number): string[] {
  if (records.length === 0) return ['no records'];
  const more = next === null ? [] : ['', `older ones: ldc audit --before ${next}`];
  return [...records.flatMap((record) => recordLines(record, paint, width)), ...more];
}

function recordLines(record: AuditRecordView, paint: Paint, width: number): string[] {
  const { epoch, at, author, role, action, reason, id, changes } = record;
  const why = reason === '' ? '' : `: ${reason}`;
  const by = id === '' ? '' : ` [${id}]`;
  return [
    ...wrap(`epoch ${epoch}, ${utcTime(at)}, ${author} (${role})`, width, '  ').map(paint.bold),
    ...wrap(`${action}${why}${by}`, width, '  ', '  '),
    ...bullets(changes, width),
  ];
}

export function auditVerifyLines(
  { whole, count, first, last, problem }: AuditVerifyAnswer,
  paint: Paint,
  width: number,
): string[] {
  const range = first === null ? '' : ` from epoch ${first} to ${last}`;
  const records = `${count} ${count === 1 ? 'record' : 'records'}${range}`;
  if (whole) return wrap(`the audit is whole: ${records}, each fits the one before`, width, '  ').map(paint.good);
  return wrap(`THE AUDIT IS NOT WHOLE (${records}): ${problem ?? 'no record says why'}`, width, '  ').map(paint.bad);
}
