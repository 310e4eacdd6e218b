import type { WitnessWorld } from './witness-state.ts';

/** Three witnesses, two freezes in a row, two faults. */
export const FIXED_SET: WitnessWorld = { oldSet: 0b111, newSet: 0b111, witnesses: 3, lastEpoch: 5, faults: 2 };

/** A single witness is replaced by another one: the smallest sets whose majorities do not meet. */
export const CHANGING_SET: WitnessWorld = { oldSet: 0b01, newSet: 0b10, witnesses: 2, lastEpoch: 5, faults: 1 };

const FIXED_CALM: WitnessWorld = { ...FIXED_SET, lastEpoch: 3, faults: 0 };
const FIXED_FAULT: WitnessWorld = { ...FIXED_SET, lastEpoch: 3, faults: 1 };
const CHANGING_CALM: WitnessWorld = { ...CHANGING_SET, lastEpoch: 3, faults: 0 };

export interface RuleOfWitnesses {
  readonly sentence: string;
  /** A small world in which leaving it out makes two owners. */
  readonly world: WitnessWorld;
}

/**
 * The conditions under which guards may extend their horizon by witnesses while the store is lost (the section "Witnesses" of
 * docs/ownership-protocol.md). Each can be left out of the model, and each that is left out makes two owners.
 */
export const WITNESS_RULES = {
  'open by the store': {
    sentence: 'a boot opens only after a read of the store, never by witnesses alone',
    world: FIXED_FAULT,
  },
  'majority of guards': {
    sentence: 'a guard extends its horizon only by the answers of a majority',
    world: FIXED_CALM,
  },
  'nothing higher': {
    sentence: 'an answer counts only if its witness knows no freeze above the epoch of the guard',
    world: FIXED_CALM,
  },
  'from the sending': {
    sentence: 'the extension counts from the sending of the question, not from its last answer',
    world: FIXED_CALM,
  },
  'silent after loss': {
    sentence: 'a witness that lost its disk is silent until it has read the store',
    world: FIXED_FAULT,
  },
  durable: { sentence: 'a witness keeps on disk what it acknowledged', world: FIXED_FAULT },
  monotone: {
    sentence: 'a witness keeps the highest freeze that it was told, whatever comes late',
    world: { ...FIXED_SET, faults: 1 },
  },
  'majority of freezes': {
    sentence: 'with fewer acknowledgements than a majority a freeze waits or is aborted',
    world: FIXED_CALM,
  },
  'keyed acknowledgements': {
    sentence: 'only acknowledgements of this very freeze count for it',
    world: { ...FIXED_SET, faults: 0 },
  },
  'W after both': {
    sentence: 'W begins after the response of the transaction and the acknowledgements, not at the first of the two',
    world: FIXED_CALM,
  },
  'anew after a takeover': {
    sentence: 'a controller that takes over begins W anew',
    world: FIXED_FAULT,
  },
  'joint freeze': {
    sentence: 'while the set of witnesses changes, a freeze needs the majorities of both sets',
    world: CHANGING_CALM,
  },
  'joint extension': {
    sentence: 'while the set of witnesses changes, a guard needs the majorities of both sets',
    world: CHANGING_CALM,
  },
  'promise first': {
    sentence:
      'the old set ends only when its majority has durably promised to answer no guard that knows only the old set',
    world: CHANGING_CALM,
  },
} as const satisfies Readonly<Record<string, RuleOfWitnesses>>;

export type WitnessRule = keyof typeof WITNESS_RULES;
