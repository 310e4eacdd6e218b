import type { RoundTimes } from './rounds.ts';
import { type Spread, spreadOf } from './statistics.ts';

export type FigureUnit =
  | 'ns'
  | 'µs'
  | 'ms'
  | 's'
  | 'requests/s'
  | 'requests'
  | 'writes'
  | 'accounts'
  | 'shards'
  | '%'
  | 'KiB'
  | 'MiB';

/** The bound that a figure's median has to keep; from the issue or a design document. */
export interface Target {
  readonly bound: 'at most' | 'at least';
  readonly value: number;
}

/** One line of a result. */
export interface Figure {
  /** What was measured, in words that need no other line. */
  readonly name: string;
  readonly unit: FigureUnit;
  /** Time on the clock, or a rate. */
  readonly measured: Spread;
  /** The same in processor time of this thread, which waiting for other processes does not lengthen; null: not taken. */
  readonly processor: Spread | null;
  readonly target: Target | null;
}

export interface FigureParts {
  readonly name: string;
  readonly unit: FigureUnit;
  readonly values: readonly number[];
  readonly processorValues?: readonly number[];
  readonly target?: Target;
}

export function figure({ name, unit, values, processorValues, target }: FigureParts): Figure {
  const processor = processorValues === undefined ? null : spreadOf(processorValues);
  return { name, unit, measured: spreadOf(values), processor, target: target ?? null };
}

const PER_MS = { ns: 1e6, ms: 1 } as const;

/** A figure of the times of rounds, in the given unit. */
export function timeFigure(name: string, unit: keyof typeof PER_MS, times: RoundTimes, target?: Target): Figure {
  const scaled = (values: readonly number[]): number[] => values.map((value) => value * PER_MS[unit]);
  const values = scaled(times.clockMs);
  const processorValues = scaled(times.processorMs);
  return figure({ name, unit, values, processorValues, ...(target === undefined ? {} : { target }) });
}

/** Null where there is no target. */
export function isMet({ measured, target }: Figure): boolean | null {
  if (target === null) return null;
  return target.bound === 'at most' ? measured.median <= target.value : measured.median >= target.value;
}
