import type { Clock } from '../../core/clock.ts';
import type { CellId } from '../../core/ids.ts';
import type { UpstreamFailure, UpstreamRequest } from '../upstream.ts';
import { BodyRoom } from './body-room.ts';
import { type ClientPace, type ClientTurn, SlowClients } from './slow-clients.ts';
import { type LinePlace, type ShedReason, WaitingLine } from './waiting-line.ts';

/** A request on its way into a cell. */
export interface Entrant extends ClientPace {
  readonly request: UpstreamRequest;
  /** The body is whole, or so much of it came that its client is not one that sends nothing. */
  readonly isBodyHere: boolean;
  /** Waits; to leave the place if the client leaves. */
  wait(place: LinePlace): void;
  /** It has a place now. */
  proceed(): void;
  fail(failure: UpstreamFailure): void;
}

/** Bounds of an entrance, among the settings under `cells.` (cells/cell-settings.ts). */
export interface EntranceSettings {
  /** Requests that may wait for a place at one cell (docs/overload.md). */
  readonly queueMaxRequests: number;
  /** For how long; and for how long once the queue has not been empty for `queueMs`: at most that. */
  readonly queueMs: number;
  readonly queueBusyMs: number;
  /**
   * While requests wait for a place: how long one that has a place may wait for its client to send `slowBytes` of its body, or to
   * take as much of its answer.
   */
  readonly slowSenderMs: number;
  readonly slowTakerMs: number;
  readonly slowBytes: number;
}

export interface EntranceParts {
  readonly cell: CellId;
  readonly settings: EntranceSettings;
  readonly clock: Clock;
  /** Most requests that may have a place. */
  maxConcurrent(): number;
  /** Most requests that its instances can take; 0: there is none. */
  reachable(): number;
  /** Whether some instance takes one more; true if there is none, because there is nothing to wait for then. */
  hasFreeInstance(): boolean;
  /** 0 is served first and shed last. */
  priorityOf(request: UpstreamRequest): number;
  /** A request found the cell full and got a place after this time; or it got none. */
  queued(waitedMs: number): void;
  shed(priority: number, why: ShedReason): void;
}

/** Who gets a place at a cell, who waits for one, and who is turned away (docs/overload.md). */
export class CellEntrance {
  readonly #parts: EntranceParts;
  readonly #line: WaitingLine;
  readonly #slow: SlowClients;
  readonly #bodies: BodyRoom<Entrant>;
  #inFlight = 0;

  constructor(parts: EntranceParts) {
    this.#parts = parts;
    const { settings, clock } = parts;
    const { queueMaxRequests: maxRequests, queueMs: waitMs, queueBusyMs: busyWaitMs } = settings;
    const { slowSenderMs: sendMs, slowTakerMs: takeMs, slowBytes: progressBytes } = settings;
    this.#line = new WaitingLine(clock, { maxRequests, waitMs, busyWaitMs });
    this.#slow = new SlowClients(clock, { sendMs, takeMs, progressBytes });
    this.#bodies = new BodyRoom(clock, {
      enter: (entrant) => this.enter(entrant),
      late: (entrant) => this.#bodyLate(entrant),
    });
  }

  /** Requests that have a place. */
  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#line.length + this.#bodies.waiting;
  }

  enter(entrant: Entrant): void {
    if (this.#mustWaitForBody(entrant)) this.#keepOutside(entrant);
    else if (this.#line.length === 0 && this.#hasRoom) this.#admit(entrant);
    else this.#queue(entrant);
  }

  /** A place, or the way to one, became free, or may have. */
  admitWaiting(): void {
    while (this.#line.length > 0 && this.#hasRoom) this.#line.admitNext();
    while (this.#bodies.waiting > 0 && this.#hasRoom && !this.#isCrowded) this.#bodies.letIn();
  }

  /** A request gave its place back. */
  leave(entrant: Entrant): void {
    this.#inFlight -= 1;
    this.#slow.forget(entrant);
    this.admitWaiting();
  }

  /** The cell has to wait for this request's client from time to time. */
  watchPace(entrant: Entrant): void {
    this.#slow.watch(entrant);
  }

  /** A request got its place before its body was whole; `bodyEnds` follows once. */
  bodyBegins(): void {
    this.#bodies.begin();
  }

  bodyEnds(): void {
    this.#bodies.end();
    if (this.#bodies.waiting > 0) this.admitWaiting();
  }

  /** Enough of the body of a request that waits is here. */
  bodyCame(entrant: Entrant): void {
    if (this.#bodies.take(entrant)) this.enter(entrant);
  }

  /** What a client was too slow by, in words. */
  paceInWords({ kind, bytes }: ClientTurn, waitedMs: number): string {
    const { cell, settings } = this.#parts;
    const { slowSenderMs, slowTakerMs, slowBytes } = settings;
    const limit = kind === 'sends' ? `cells.slowSenderMs ${slowSenderMs}` : `cells.slowTakerMs ${slowTakerMs}`;
    const what = kind === 'sends' ? 'sent of the body' : 'taken of the answer';
    const since = `fewer than ${slowBytes} of them for ${Math.floor(waitedMs)} ms (${limit})`;
    return `${bytes} bytes ${what}, ${since} while other requests wait for a place at cell ${cell}`;
  }

  /** Turns everybody away. */
  close(): void {
    this.#line.close();
    this.#slow.close();
    for (const entrant of this.#bodies.clear()) this.drained(entrant);
  }

  drained(entrant: Entrant): void {
    entrant.fail({ code: 'DRAINING', executed: 'no', detail: `cell ${this.#parts.cell}: closed` });
  }

  get #hasRoom(): boolean {
    return this.#inFlight < this.#parts.maxConcurrent() && this.#parts.hasFreeInstance();
  }

  /** Half of all places wait for bodies. */
  get #isCrowded(): boolean {
    const reachable = this.#parts.reachable();
    const most = this.#parts.maxConcurrent();
    return this.#bodies.isFull(reachable === 0 ? most : Math.min(most, reachable));
  }

  #admit(entrant: Entrant): void {
    this.#inFlight += 1;
    entrant.proceed();
  }

  #mustWaitForBody(entrant: Entrant): boolean {
    return !entrant.isBodyHere && this.#isCrowded;
  }

  #keepOutside(entrant: Entrant): void {
    entrant.wait(this.#bodies.hold(entrant, entrant.request.limits.bodyIdleMs));
    if (this.#bodies.waiting <= this.#parts.settings.queueMaxRequests) return;
    // Not the one that came last: its body may be the next thing that is read.
    const first = this.#bodies.takeFirst();
    if (first !== null) this.#shed(first, this.#parts.priorityOf(first.request), 'no_body', 0);
  }

  #bodyLate(entrant: Entrant): void {
    const limit = `${entrant.request.limits.bodyIdleMs} ms (timeouts.bodyIdleMs of the route)`;
    const detail = `cell ${this.#parts.cell}: not enough of the body within ${limit}, and half of its places wait for bodies`;
    entrant.fail({ code: 'BODY_TIMEOUT', executed: 'no', detail });
  }

  #queue(entrant: Entrant): void {
    const { priorityOf, queued } = this.#parts;
    const priority = priorityOf(entrant.request);
    const waiter = {
      admit: (waitedMs: number) => {
        queued(waitedMs);
        if (this.#mustWaitForBody(entrant)) this.#keepOutside(entrant);
        else this.#admit(entrant);
      },
      turnAway: (why: ShedReason | 'closed', waitedMs: number) => {
        if (why === 'closed') this.drained(entrant);
        else this.#shed(entrant, priority, why, waitedMs);
      },
    };
    entrant.wait(this.#line.join(waiter, priority));
    this.#slow.press(() => this.#line.length > 0);
  }

  #shed(entrant: Entrant, priority: number, why: ShedReason, waitedMs: number): void {
    const { cell, maxConcurrent, shed } = this.#parts;
    shed(priority, why);
    const { maxRequests, waitMs, busyWaitMs } = this.#line.limits;
    const full = `${maxRequests} waiting (cells.queueMaxRequests)`;
    const reasons: Readonly<Record<ShedReason, string>> = {
      full: `${full}, none of lower priority than ${priority}`,
      outranked: `${full}, and one of higher priority than ${priority} came`,
      no_body: `half of its places and ${maxRequests} more (cells.queueMaxRequests) wait for bodies that do not come`,
      late: `no place within ${Math.floor(waitedMs)} ms (cells.queueMs ${waitMs}, cells.queueBusyMs ${busyWaitMs})`,
    };
    const limits = `cell ${cell}: ${this.#inFlight} requests in flight (maxConcurrent ${maxConcurrent()})`;
    entrant.fail({ code: 'OVERLOADED', executed: 'no', detail: `${limits}, ${reasons[why]}` });
  }
}
