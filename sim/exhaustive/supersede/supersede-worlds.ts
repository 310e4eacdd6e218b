import type { Left } from './supersede-state.ts';

export interface SupersedeWorld {
  readonly name: string;
  readonly left: Left;
}

/** Searched to the end in seconds: part of the tests. */
export const SMALL_WORLDS: readonly SupersedeWorld[] = [
  { name: 'an abort anywhere', left: { downs: 2, crashes: 0, aborts: 1, operations: 1 } },
  { name: 'a crash anywhere', left: { downs: 2, crashes: 1, aborts: 0, operations: 1 } },
];

/** Searched to the end by `ldc sim exhaustive`. */
export const LARGE_WORLDS: readonly SupersedeWorld[] = [
  { name: 'an abort and a crash', left: { downs: 2, crashes: 1, aborts: 1, operations: 1 } },
  { name: 'three in a row', left: { downs: 3, crashes: 0, aborts: 0, operations: 2 } },
];
