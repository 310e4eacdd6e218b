import type { ErrorCode } from '../../errors.ts';

/** Status of the answer, or code of the failure, or `cancelled`: the client went away. */
export type ExchangeOutcome = number | ErrorCode | 'cancelled';

/** What the instance's bookkeeping hears of an exchange, beside the events of the port. */
export interface ExchangeWatch {
  /** A connection is there; from now on a failure ends the request. */
  started(): void;
  /**
   * Once: nothing of the exchange is left; `detail` says why it failed. Comes just before the last event, except after an upgrade, where the other
   * direction may live on after `end`.
   */
  settled(outcome: ExchangeOutcome, detail: string | null): void;
}
