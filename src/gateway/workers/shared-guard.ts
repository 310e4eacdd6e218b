import type { GuardInstant } from '../../core/guard/guard-lease.ts';
import type { GuardReading, ReadingResult, ShardGuard } from '../../core/guard/shard-guard.ts';
import type { MonotonicMs } from '../../core/ids.ts';
import type { RenewableGuard } from '../guard/guard-renewal.ts';

/** What the parent's guard passes on to the guards of its workers. Instants are of the clock that all of them share. */
export type GuardNotice =
  /** A read was answered: it renews, if the worker runs the table that it showed. */
  | { readonly kind: 'reading'; readonly reading: GuardReading; readonly sentAt: GuardInstant }
  | { readonly kind: 'closed'; readonly reason: string };

/**
 * The parent's guard: judges what was read of the store as a guard does, by the newest table, and passes on what it made of it. It
 * admits nothing itself. A notice carries the instant of the read's sending, so that a late one gives no worker a longer horizon.
 */
export class SharedGuard implements RenewableGuard {
  readonly #own: ShardGuard;
  readonly #tell: (notice: GuardNotice) => void;
  #last: GuardNotice | null = null;

  constructor(own: ShardGuard, tell: (notice: GuardNotice) => void) {
    this.#own = own;
    this.#tell = tell;
  }

  get horizon(): MonotonicMs {
    return this.#own.horizon;
  }

  get closedBy(): string | null {
    return this.#own.closedBy;
  }

  /** For a worker that begins now, after the newest table. */
  get last(): GuardNotice | null {
    return this.#last;
  }

  reading(reading: GuardReading, sentAt: GuardInstant): ReadingResult {
    const result = this.#own.reading(reading, sentAt);
    if (result === 'renewed' || result === 'not recorded') this.#pass({ kind: 'reading', reading, sentAt });
    else if (result === 'closed') this.#pass({ kind: 'closed', reason: this.#own.closedBy ?? 'closed' });
    return result;
  }

  fetched(reading: GuardReading, sentAt: GuardInstant): boolean {
    const isFetched = this.#own.fetched(reading, sentAt);
    if (isFetched) this.#pass({ kind: 'reading', reading, sentAt });
    return isFetched;
  }

  close(reason: string): 'closed' {
    const result = this.#own.close(reason);
    this.#pass({ kind: 'closed', reason });
    return result;
  }

  #pass(notice: GuardNotice): void {
    this.#last = notice;
    this.#tell(notice);
  }
}

/** A worker's guard hears a notice of its parent's. The table that it showed, if the worker could run it, came before. */
export function hearNotice(guard: ShardGuard, notice: GuardNotice): void {
  if (notice.kind === 'closed') {
    guard.close(notice.reason);
    return;
  }
  const { reading, sentAt } = notice;
  // Older than what runs: the parent fetched a newer table on the strength of this read, and has compared the two.
  if (guard.reading(reading, sentAt) === 'older') guard.fetched(reading, sentAt);
}
