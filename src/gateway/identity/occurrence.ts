/**
 * What a scan of the head found under one wanted name. The scans share one rule: a name that occurs twice is marked, not
 * resolved, because gateway and application may pick different ones.
 */
export interface Occurrence {
  /** 0: not there, 1: once, 2: more than once. */
  count: 0 | 1 | 2;
  /** The first value, as received; undefined when there is none. */
  value: string | undefined;
}

/** One entry per wanted name, all absent. */
export function noOccurrences(names: number): Occurrence[] {
  const all: Occurrence[] = [];
  for (let index = 0; index < names; index++) all.push({ count: 0, value: undefined });
  return all;
}

/** Notes one more occurrence of a name. */
export function occurs(occurrence: Occurrence | undefined, value: string): void {
  if (occurrence === undefined) return;
  if (occurrence.count === 0) occurrence.value = value;
  occurrence.count = occurrence.count === 0 ? 1 : 2;
}

export const ABSENT: Readonly<Occurrence> = Object.freeze({ count: 0, value: undefined });

export const NOTHING: readonly Occurrence[] = Object.freeze([]);
