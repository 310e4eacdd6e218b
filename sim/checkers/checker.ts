import type { Fleet } from '../fleet/fleet.ts';
import type { Crowd } from '../load/crowd.ts';

/** The clients: what they were told, and how many wait for an answer. */
export type CheckedCrowd = Pick<Crowd, 'acknowledged' | 'inFlight'>;

/** What a checker looks at. */
export interface Checked {
  readonly fleet: Fleet;
  readonly crowd: CheckedCrowd;
  /** Since when nothing but the store is troubled; null: something else is. By true time. */
  calmSince(): number | null;
  /** Since when the store answers nobody; null: it does. */
  storeDownSince(): number | null;
}

/** One statement that must always hold (docs/ownership-protocol.md, "What must always hold"). */
export interface Checker {
  /** The file's name. */
  readonly name: string;
  readonly sentence: string;
  /** Begins to listen; `violate` may be called at any time from then on. */
  watch(checked: Checked, violate: (detail: string, shard?: number) => void): void;
  /** After the faults have ended and everything had its time: what is wrong, in words. */
  atEnd?(checked: Checked): readonly string[];
}
