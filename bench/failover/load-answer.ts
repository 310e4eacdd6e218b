import type { ScheduledRequest } from './load-schedule.ts';

/** What became of one request; instants on the clock of `performance.now()`. */
export interface LoadAnswer extends ScheduledRequest {
  /** Data center of its door. */
  readonly door: string;
  /** When the schedule wanted it sent; waiting times count from here, however late it was sent. */
  readonly dueAt: number;
  readonly sentAt: number;
  readonly doneAt: number;
  /** Null: there was no whole answer; `text` says why. */
  readonly status: number | null;
  /** The shard's epoch under which it was answered: of a write by the application, of a read by the door. Null: not told. */
  readonly epoch: number | null;
  /** The first characters of the answer's body. */
  readonly text: string;
}

/** Anything but a 2xx has failed, resets included. */
export function isSuccess({ status }: LoadAnswer): boolean {
  return status !== null && status >= 200 && status < 300;
}
