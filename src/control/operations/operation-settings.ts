import {
  DEFAULT_DEADLINES,
  freezeWindowMs,
  type OperationDeadlines,
} from '../../core/operation/operation-deadlines.ts';

/** Settings of operations (`operations` in docs/configuration.md); durations in milliseconds. */
export interface OperationSettings extends Omit<OperationDeadlines, 'windowMs'> {
  /** L: the guards' `guard.horizonMs`, the same on all nodes; W is worked out from it, or from a guard's own that is larger. Default 3,000. */
  readonly horizonMs: number;
  /** A leader whose record did not change for this long on the candidate's clock is replaced; default 3,000. */
  readonly leaderMs: number;
  /** Operations that are carried out at once; default 8. More wait for their turn. */
  readonly parallel: number;
  /** The records are read this often even without a hint; default 1,000. */
  readonly rereadMs: number;
  /** Ended operations that are kept; default 200. */
  readonly keepRecords: number;
  /** Days for which they are kept; default 90. */
  readonly keepDays: number;
  /** Largest lag of a target before a planned move, default 5,000. */
  readonly lagMs: number;
  /** Longest wait for a data gate's answer, default 1,000. */
  readonly gateMs: number;
  /** Longest pause before a failed promote or follow is repeated; default 5,000. */
  readonly backOffMs: number;
  /** Longest question whether a data center answers, before a plan; default 1,000. */
  readonly probeMs: number;
  /** A guard's record that stood still for this long is deleted, and it closes then; default 30,000. */
  readonly guardGoneMs: number;
  /** A comment on an idle stream of events comes this often; default 5,000. */
  readonly heartbeatMs: number;
}

const { windowMs: _, ...deadlines } = DEFAULT_DEADLINES;

export const OPERATION_DEFAULTS: OperationSettings = {
  ...deadlines,
  horizonMs: 3_000,
  leaderMs: 3_000,
  parallel: 8,
  rereadMs: 1_000,
  keepRecords: 200,
  keepDays: 90,
  lagMs: 5_000,
  gateMs: 1_000,
  backOffMs: 5_000,
  probeMs: 1_000,
  guardGoneMs: 30_000,
  heartbeatMs: 5_000,
};

/** Share of the edges' hold time after which a freeze must have ended, so that what they hold is still released. */
const HOLD_SHARE = 0.8;

/** The deadlines of a new operation, where edges hold a request of its routes for `holdMs` (null: none is held); `horizonMs`: the largest L. */
export function deadlinesOf(
  settings: OperationSettings,
  holdMs: number | null,
  horizonMs: number = settings.horizonMs,
): OperationDeadlines {
  const names = Object.keys(deadlines) as (keyof typeof deadlines)[];
  const own = Object.fromEntries(names.map((name) => [name, settings[name]])) as Omit<OperationDeadlines, 'windowMs'>;
  const held = holdMs === null ? settings.freezeCapMs : Math.floor(holdMs * HOLD_SHARE);
  return { ...own, windowMs: freezeWindowMs(horizonMs), freezeCapMs: Math.min(settings.freezeCapMs, held) };
}
