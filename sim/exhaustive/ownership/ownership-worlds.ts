import type { OwnershipWorld } from './ownership-state.ts';

const CALM = {
  emergencyWhenSilent: false,
  guards: 1,
  startsLate: false,
  controllers: 1,
  writes: 1,
  faults: 0,
  aborts: 0,
  isSynchronous: false,
} as const satisfies Partial<OwnershipWorld>;

/** Searched to the end in seconds: part of the tests. */
export const SMALL_WORLDS: readonly OwnershipWorld[] = [
  { ...CALM, name: 'a planned move and an abort', kinds: ['move'], aborts: 1 },
  { ...CALM, name: 'a planned move and a fault', kinds: ['move'], faults: 1 },
  { ...CALM, name: 'an emergency and a fault', kinds: ['emergency'], faults: 1 },
  { ...CALM, name: 'there and back', kinds: ['move', 'move'] },
  { ...CALM, name: 'a guard that starts during a planned move', kinds: ['move'], guards: 2, startsLate: true },
];

/** Searched to the end by `ldc sim exhaustive`: minutes. */
export const LARGE_WORLDS: readonly OwnershipWorld[] = [
  { ...CALM, name: 'two guards, a planned move and a fault', kinds: ['move'], guards: 2, faults: 1 },
  { ...CALM, name: 'two controllers, a planned move and two faults', kinds: ['move'], controllers: 2, faults: 2 },
  { ...CALM, name: 'an aborted move, another one, and a fault', kinds: ['move', 'move'], aborts: 1, faults: 1 },
  { ...CALM, name: 'an emergency and the way back, two writes', kinds: ['emergency', 'move'], writes: 2 },
  { ...CALM, name: 'there and back, two writes and an abort', kinds: ['move', 'move'], writes: 2, aborts: 1 },
];
