import type { Clock, Timer } from '../../core/clock.ts';
import type { Epoch, ShardId } from '../../core/ids.ts';
import type { ErrorCode } from '../../errors.ts';
import type { RequestPlan } from '../request-plan.ts';
import { HoldRoom, type HoldTicket } from './hold-room.ts';
import type { HoldSettings } from './hold-settings.ts';

/** What becomes of a held request: exactly one of these, unless it leaves first. */
export interface HoldFate {
  released(): void;
  refused(code: ErrorCode, detail: string): void;
}

/** A place in the room. */
export interface HoldPlace {
  /** The client left or the request ended otherwise: it is forgotten at once. Harmless after its fate. */
  leave(): void;
}

/** Counts and times; see hold-metrics.ts. */
export interface HoldObserver {
  held(): void;
  /** `heldMs` from entering. */
  ended(how: 'released' | 'expired' | 'evicted' | 'left', heldMs: number): void;
  refused(): void;
}

export interface HoldingParts {
  readonly clock: Clock;
  readonly settings: HoldSettings;
  /** Whether requests of the shard may go: the table in force has it ACTIVE and released, at this epoch or a higher one. */
  isFree(shard: ShardId, epoch: Epoch): boolean;
  readonly observer: HoldObserver;
}

type Ticket = HoldTicket<{ readonly fate: HoldFate; timer: Timer | null }>;

/** Holds requests of shards that are being moved, within bounds of number, bytes and time, and releases them in a ramp. */
export class Holding {
  readonly #parts: HoldingParts;
  readonly #room: HoldRoom<Ticket['fate']>;
  #ramp: Timer | null = null;

  constructor(parts: HoldingParts) {
    this.#parts = parts;
    this.#room = new HoldRoom(parts.settings);
  }

  /** Requests that are held now. */
  get size(): number {
    return this.#room.size;
  }

  /** How long the oldest of them has been held, ms. */
  get longestMs(): number {
    const oldest = this.#room.oldestAt();
    return oldest === null ? 0 : this.#parts.clock.monotonicMs() - oldest;
  }

  /** Whether older writes of the shard still wait for their turn: a new one must not overtake them. */
  isQueued(shard: ShardId): boolean {
    return this.#room.heldOf(shard) > 0;
  }

  /**
   * Holds a request until its shard is free at `epoch` or higher, at most `leftMs`. `fate` may be called before this returns, when
   * a bound is reached.
   */
  hold(plan: RequestPlan, shard: ShardId, epoch: Epoch, leftMs: number, fate: HoldFate): HoldPlace {
    const { clock, observer } = this.#parts;
    const { name, hold: bounds } = plan.route;
    const order = { shard, epoch, bytes: headBytes(plan), route: name, bounds, fate: { fate, timer: null } };
    const entry = this.#room.enter(order, clock.monotonicMs());
    if (entry.kind === 'full') {
      observer.refused();
      fate.refused('HOLD_FULL', `held already: ${entry.bound}`);
      return NOWHERE;
    }
    observer.held();
    const { ticket } = entry;
    const detail = `held for ${bounds.maxMs} ms (hold.maxMs of route ${name})`;
    ticket.fate.timer = clock.setTimer(leftMs, () => {
      if (this.#out(ticket, 'expired')) fate.refused('SHARD_MOVING', detail);
    });
    for (const { ticket: victim, bound } of entry.evicted) {
      this.#ended(victim, 'evicted');
      victim.fate.fate.refused('HOLD_FULL', `gave way to another shard: ${bound}`);
    }
    // The shard may be free already: then it only waits for its turn.
    if (this.#ramp === null && this.#parts.isFree(shard, epoch)) this.#release(this.#parts.settings.rampRequests);
    return { leave: () => void this.#out(ticket, 'left') };
  }

  /** A newer table is in force: what is free is released, the first batch at once. */
  tableChanged(): void {
    if (this.#ramp === null && this.#room.size > 0) this.#release(this.#parts.settings.rampRequests);
  }

  #release(batch: number): void {
    this.#ramp = null;
    const { clock, isFree, settings } = this.#parts;
    const free = (shard: number, epoch: number): boolean => isFree(shard as ShardId, epoch as Epoch);
    const tickets = this.#room.take(batch, free);
    // A full batch: there may be more. The timer stands before anybody is told, who might come back at once.
    if (tickets.length === batch && this.#room.size > 0) {
      this.#ramp = clock.setTimer(settings.rampMs, () => this.#release(batch * 2));
    }
    for (const ticket of tickets) {
      this.#ended(ticket, 'released');
      ticket.fate.fate.released();
    }
  }

  #out(ticket: Ticket, how: 'expired' | 'left'): boolean {
    if (!this.#room.leave(ticket)) return false;
    this.#ended(ticket, how);
    return true;
  }

  #ended(ticket: Ticket, how: 'released' | 'expired' | 'evicted' | 'left'): void {
    ticket.fate.timer?.cancel();
    this.#parts.observer.ended(how, this.#parts.clock.monotonicMs() - ticket.heldAt);
  }
}

const NOWHERE: HoldPlace = { leave: () => undefined };

/** What a held head costs, about: its text, and what is kept for every request and field. */
const REQUEST_BYTES = 512;
const FIELD_BYTES = 32;

function headBytes({ target, headers }: RequestPlan): number {
  return headers.reduce((sum, text) => sum + text.length + FIELD_BYTES, REQUEST_BYTES + target.length);
}
