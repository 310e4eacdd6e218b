import type { Operation } from '../../core/operation/operation.ts';
import { freezeWindowMs } from '../../core/operation/operation-deadlines.ts';

/**
 * The operation with the W of the guards that are there: never shorter than the one on its record. `horizonMs` is the largest L, from
 * a read later than the freeze; `lateMs`, what that read took, comes off the longest freeze, which the machine has not counted.
 */
export function withWindow(operation: Operation, horizonMs: number, lateMs: number): Operation {
  const { step, deadlines } = operation;
  if (step !== 'drain') return operation;
  const windowMs = Math.max(deadlines.windowMs, freezeWindowMs(horizonMs));
  const freezeCapMs = Math.max(0, deadlines.freezeCapMs - Math.ceil(lateMs));
  return { ...operation, deadlines: { ...deadlines, windowMs, freezeCapMs } };
}
