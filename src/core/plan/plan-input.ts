import { freezeWindowMs } from '../operation/operation-deadlines.ts';
import type { Table } from '../table.ts';
import type { MeasuredTimes } from './plan.ts';
import type { SafetySettings } from './safety-verdict.ts';

/** What a plan is drawn up from, besides what is asked for. */
export interface PlanInput {
  readonly table: Table;
  /** Data centers that are known to be down: nothing moves there, and a copy there is no candidate. */
  readonly unavailable: ReadonlySet<string>;
  /** Nobody will answer in the lost data centers. */
  readonly isEmergency: boolean;
  readonly settings: SafetySettings;
  readonly measured: MeasuredTimes;
  readonly windowMs: number;
  /** Milliseconds since each shard's last operation ended, on the controller's own clock; absent: long ago. */
  readonly sinceOperationMs: ReadonlyMap<number, number>;
  /** Names of safety rules that the author overrides. */
  readonly overridden: readonly string[];
}

export const DEFAULT_TIMES: MeasuredTimes = { transactionMs: 10, drainMs: 100, gateCallMs: 20, lagMs: 50 };
export const DEFAULT_WINDOW_MS = freezeWindowMs(3000);
