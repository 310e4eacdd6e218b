import type { CellId } from '../../core/ids.ts';
import type { ErrorCode } from '../../errors.ts';
import type { ShedReason } from '../overload/waiting-line.ts';

/** What the metrics hear; called on the hot path, so implementations only count. Nothing of it may throw. */
export interface CellObserver {
  /** A request was given to an instance. */
  sent(cell: CellId, instance: string): void;
  /** An exchange ended: `status` of the answer, or the code of the failure; `cancelled` if the client went away. */
  settled(cell: CellId, instance: string, outcome: number | ErrorCode | 'cancelled', totalMs: number): void;
  /** A request found the cell full and got a place after this time. */
  queued(cell: CellId, waitedMs: number): void;
  /** A request found the cell full and got none. */
  shed(cell: CellId, priority: number, why: ShedReason): void;
  /** A connect failed with nothing sent; `spent` false: the retry budget or the limit of attempts forbade another. */
  otherInstance(cell: CellId, spent: boolean): void;
  checked(cell: CellId, instance: string, passed: boolean): void;
  ejected(cell: CellId, instance: string, forMs: number): void;
  availability(cell: CellId, available: boolean): void;
  /** A DNS name could not be resolved; the last good addresses stay. */
  resolveFailed(cell: CellId, name: string, detail: string): void;
}

const ignore = (): void => undefined;

/** Hears nothing; for tests and for programs without metrics. */
export const SILENT_CELL_OBSERVER: CellObserver = Object.freeze({
  sent: ignore,
  settled: ignore,
  queued: ignore,
  shed: ignore,
  otherInstance: ignore,
  checked: ignore,
  ejected: ignore,
  availability: ignore,
  resolveFailed: ignore,
});
