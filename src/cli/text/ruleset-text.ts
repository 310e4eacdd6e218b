import type { AwayView, ChangeView, ConflictView, DiffAnswer, OverrideView } from '../../control/api-types.ts';
import { wrap } from './columns.ts';
import type { Paint } from './paint.ts';
import { utcTime } from './utc-time.ts';

/** What an apply would do, for people. */
export function diffLines(diff: DiffAnswer, paint: Paint, width: number): string[] {
  const where = diff.plannedOnEpoch === 0 ? 'nothing runs yet' : `against epoch ${diff.plannedOnEpoch}`;
  if (diff.changes.length === 0 && diff.refusals.length === 0) return [`nothing changes (${where})`];
  return [
    ...(diff.changes.length === 0 ? [] : [paint.bold(`${counted(diff.changes.length)} (${where}):`)]),
    ...bullets(diff.changes, width),
    ...awayLines(diff.away, 'away from home afterwards, until an operation moves them', paint, width),
    ...overrideLines(diff.overrides, paint, width),
    ...refusalLines(diff.refusals, paint, width),
  ];
}

export function awayLines(away: readonly AwayView[], title: string, paint: Paint, width: number): string[] {
  if (away.length === 0) return [];
  const texts = away.map(({ shards, count, home, owner, homePrimary, primary, state }) => {
    const where =
      state === 'FREEZING'
        ? 'being moved'
        : owner === home
          ? `${owner} takes writes in ${primary}, home is ${homePrimary}`
          : `owned by ${owner ?? 'nobody'}, home is ${home}`;
    return `${shards} (${count}): ${where}`;
  });
  return [paint.bold(`shards ${title}:`), ...bullets(texts, width)];
}

/** What changed since a change was planned. */
export function conflictLines(
  { plannedOnEpoch, running, since, earlier }: ConflictView,
  paint: Paint,
  width: number,
): string[] {
  if (running === null) return ['no ruleset runs: plan on epoch 0'];
  if (since.length === 0) return [`epoch ${running.epoch} of incarnation ${running.incarnation} runs`];
  const before = earlier > 0 ? [`(${earlier} earlier changes are not shown)`] : [];
  const unknown = running.epoch - plannedOnEpoch - earlier - since.length;
  const unrecorded = unknown > 0 ? [`(${counted(unknown)} without an audit record)`] : [];
  return [
    paint.bold('changed since:'),
    ...before,
    ...since.flatMap((change) => changeLines(change, width)),
    ...unrecorded,
  ];
}

export function refusalLines(refusals: readonly string[], paint: Paint, width: number): string[] {
  return refusals.length === 0 ? [] : [paint.bad('an apply would be refused:'), ...bullets(refusals, width)];
}

export function bullets(texts: readonly string[], width: number): string[] {
  return texts.flatMap((text) => wrap(text, width, '    ', '  - '));
}

function counted(changes: number): string {
  return changes === 1 ? '1 change' : `${changes} changes`;
}

function overrideLines(overrides: readonly OverrideView[], paint: Paint, width: number): string[] {
  if (overrides.length === 0) return [];
  const texts = overrides.map(({ unit, weights, author, reason }) => {
    const set = Object.entries(weights).map(([cell, weight]) => `${cell} ${weight}`);
    return `${unit}: ${set.join(', ')} by ${author}: ${reason}`;
  });
  return [paint.bold('overrides that stay in force:'), ...bullets(texts, width)];
}

function changeLines({ epoch, at, author, action, reason, changes }: ChangeView, width: number): string[] {
  const why = reason === '' ? '' : `: ${reason}`;
  return [
    ...wrap(`epoch ${epoch}, ${utcTime(at)}, ${author}, ${action}${why}`, width, '  '),
    ...bullets(changes, width),
  ];
}
