import type { Clock, Timer } from '../core/clock.ts';
import type { Decision } from '../core/decide.ts';
import type { Epoch, MonotonicMs } from '../core/ids.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { AnswerRelay } from './answer-relay.ts';
import type { ClientHandle, Downstream } from './downstream.ts';
import type { ExchangeEnd } from './exchange-end.ts';
import { HeldRequest } from './holding/held-request.ts';
import type { Holding } from './holding/holding.ts';
import { endToEndTrailers } from './message/end-to-end-trailers.ts';
import type { MessageFault } from './message/message-fault.ts';
import type { RequestFacts, RequestPlan } from './request-plan.ts';
import type { HeaderList, Refusal, Upstream, UpstreamEvents, UpstreamFailure, UpstreamStream } from './upstream.ts';
import { upstreamRequest } from './upstream-request.ts';

/** What an exchange is handed by the pipeline. */
export interface ExchangeParts {
  readonly clock: Clock;
  /** Decides with the table of this moment. */
  decide(plan: RequestPlan): Decision;
  /** The way to the decided cell: this data center's guard, or a peer's over the interlink. */
  route(decision: Decision & { kind: 'forward' }): Upstream;
  /** Where it waits while its shard is moved. */
  readonly holding: Holding;
  /** Waits until a table at least as new as the refusal is in force; bounded, never rejects. */
  catchUp(): Promise<void>;
  /** Whether one more attempt is within the retry budget. */
  mayResend(): boolean;
  /** Headers that every answer gets; debug headers depend on the decision. */
  ownHeaders(facts: RequestFacts, decision: Decision | null): HeaderList;
  finished(end: ExchangeEnd): void;
}

/** A refused request is sent again at most this often (protocol, "Outcomes of a request"). */
const MAX_RESENDS = 2;
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['OVERLOADED', 'STORE_LOST']);

/**
 * One request from its decision to its one final answer. It is sent again only if it provably was not executed, and only
 * while nothing of its body was taken from the client.
 */
export class Exchange implements ClientHandle {
  readonly plan: RequestPlan;
  readonly #parts: ExchangeParts;
  readonly #client: Downstream;
  readonly #answer: AnswerRelay;
  readonly #held: HeldRequest;
  readonly #startedAt: MonotonicMs;
  #decision: Decision | null = null;
  #stream: UpstreamStream | null = null;
  /** Attempts so far; `#isSettled`: the newest has told its last event, and nothing that it still says counts. */
  #attempt = 0;
  #isSettled = true;
  #isBodyTaken = false;
  #isBodyOver = false;
  #isAnswerOver = false;
  #isEnded = false;
  #sentAt: MonotonicMs;
  #upstreamMs: number | null = null;
  #requestBytes = 0;
  #limit: Timer | null = null;

  constructor(plan: RequestPlan, parts: ExchangeParts, client: Downstream) {
    this.plan = plan;
    this.#parts = parts;
    this.#client = client;
    this.#held = new HeldRequest(plan, parts.holding, parts.clock);
    this.#startedAt = parts.clock.monotonicMs();
    this.#sentAt = this.#startedAt;
    const { bodyIdleMs } = plan.route.timeouts;
    this.#answer = new AnswerRelay(plan, client, parts.clock, () =>
      this.#fail(
        'CLIENT_STALLED',
        `nothing taken for ${bodyIdleMs} ms (timeouts.bodyIdleMs of route ${plan.route.name})`,
      ),
    );
  }

  start(): void {
    const { requestMs } = this.plan.route.timeouts;
    if (requestMs > 0 && this.plan.upgrade === null) {
      const detail = `no end within ${requestMs} ms (timeouts.requestMs of route ${this.plan.route.name})`;
      const late = (): ErrorCode => (this.#held.isWaiting ? 'SHARD_MOVING' : 'REQUEST_TIMEOUT');
      this.#limit = this.#parts.clock.setTimer(requestMs, () => this.#fail(late(), detail));
    }
    this.#contain(() => this.#send());
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isEnded) return true;
    this.#requestBytes += chunk.length;
    const { name, limits } = this.plan.route;
    if (this.#requestBytes > limits.bodyBytes && this.plan.upgrade === null) {
      this.#fail('BODY_TOO_LARGE', `more than ${limits.bodyBytes} bytes (limits.bodyBytes of route ${name})`);
      return true;
    }
    return this.#stream?.write(chunk) ?? true;
  }

  endBody(trailers: HeaderList = []): void {
    if (this.#isEnded) return;
    this.#isBodyOver = true;
    this.#stream?.end(endToEndTrailers(trailers, this.plan.guarded));
    if (this.#isAnswerOver) this.#finish(this.#answer.status, null, '');
  }

  resume(): void {
    if (this.#isEnded || this.#isAnswerOver) return;
    this.#answer.clientTakesMore();
    this.#stream?.resume();
  }

  fail(code: ErrorCode, detail: string): void {
    this.#fail(code, detail);
  }

  abandon(): void {
    if (this.#isEnded) return;
    this.#stream?.cancel();
    this.#finish(ERRORS.CLIENT_GONE.status, 'CLIENT_GONE', 'the client closed the connection');
  }

  /** `refusal`: why it is decided anew. */
  #send(refusal: Refusal | null = null): void {
    if (this.#isEnded) return;
    const decision = this.#parts.decide(this.plan);
    this.#decision = decision;
    const epoch = this.#held.waitsAt(decision, refusal);
    if (decision.kind === 'reject') this.#fail(decision.code, decision.reason);
    else if (epoch !== null) this.#hold(decision, epoch);
    else if (decision.kind === 'forward') this.#open(decision);
  }

  #hold(decision: Decision & { kind: 'hold' | 'forward' }, epoch: Epoch): void {
    this.#held.wait(decision, epoch, {
      released: () => this.#contain(() => this.#send()),
      refused: (code, detail) => this.#fail(code, detail),
    });
  }

  #open(decision: Decision & { kind: 'forward' }): void {
    this.#sentAt = this.#parts.clock.monotonicMs();
    const attempt = ++this.#attempt;
    this.#isSettled = false;
    const request = upstreamRequest(this.plan, decision);
    const stream = this.#parts.route(decision).open(request, this.#eventsOf(attempt));
    // It may have been answered, refused or failed during `open`: then this stream is history already.
    if (this.#attempt !== attempt || this.#isSettled) return;
    if (this.#isEnded) {
      stream.cancel();
      return;
    }
    this.#stream = stream;
    if (this.#answer.isPaused) stream.pause();
    if (this.#isBodyTaken) this.#client.takeBody();
  }

  /** Events of an attempt that was given up (a resend followed) must not reach the client. */
  #eventsOf(attempt: number): UpstreamEvents {
    const live = (run: () => void): void => {
      if (this.#attempt === attempt && !this.#isSettled && !this.#isEnded) this.#contain(run);
    };
    // After the end of an upgraded cell's side only the client's is still open.
    const unanswered = (run: () => void): void => {
      if (!this.#isAnswerOver) live(run);
    };
    return {
      admitted: () => unanswered(() => this.#admitted()),
      refused: (refusal) => unanswered(() => this.#refused(refusal)),
      informational: (status, headers) => unanswered(() => this.#answer.informational(status, headers)),
      head: (status, headers) => unanswered(() => this.#head(status, headers)),
      data: (chunk) => unanswered(() => this.#data(chunk)),
      end: (trailers) => unanswered(() => this.#answered(trailers)),
      failed: (failure) => unanswered(() => this.#failed(failure)),
      drain: () => live(() => this.#client.drain()),
    };
  }

  #admitted(): void {
    // What follows an upgrade's head is read when the 101 is there.
    if (this.plan.body === 'none' || this.plan.upgrade !== null || this.#isBodyTaken) return;
    this.#isBodyTaken = true;
    // During `open` the stream is not known yet: #open goes on.
    if (this.#stream !== null) this.#client.takeBody();
  }

  #refused(refusal: Refusal): void {
    this.#settle();
    // Sending again what a full cell refused would only fill it more, and a guard that lost the store has waited for it already.
    const isFinal = ERRORS[refusal.code].retry === 'no' || FINAL.has(refusal.code);
    if (isFinal || this.#attempt > MAX_RESENDS || !this.#isUntouched) {
      this.#fail(refusal.code, `refused ${this.#attempt} times, newest epoch ${refusal.epoch}`);
      return;
    }
    void this.#parts.catchUp().then(() => this.#contain(() => this.#send(refusal)));
  }

  #failed(failure: UpstreamFailure): void {
    this.#settle();
    if (failure.executed === 'no' && this.#isUntouched && this.#attempt <= MAX_RESENDS && this.#parts.mayResend())
      this.#send();
    else this.#fail(failure.code, failure.detail);
  }

  #head(status: number, headers: HeaderList): void {
    this.#upstreamMs = this.#parts.clock.monotonicMs() - this.#sentAt;
    this.#endOn(this.#answer.head(status, headers, this.#parts.ownHeaders(this.plan, this.#decision)));
  }

  #data(chunk: Uint8Array): void {
    this.#endOn(this.#answer.data(chunk));
    if (this.#answer.isPaused) this.#stream?.pause();
  }

  #answered(trailers: HeaderList): void {
    const fault = this.#answer.end(trailers);
    if (fault !== null) {
      this.#endOn(fault);
      return;
    }
    this.#isAnswerOver = true;
    // After a 101 each direction ends by itself; the client may still have something to say, but not for ever.
    if (this.#answer.status === 101 && !this.#isBodyOver) this.#answer.waitForClient();
    else this.#finish(this.#answer.status, null, '');
  }

  /** Neither side of the client's connection knows of the attempt yet: another may take its place. */
  get #isUntouched(): boolean {
    return !this.#isBodyTaken && !this.#answer.hasBegun;
  }

  #settle(): void {
    this.#isSettled = true;
    this.#stream = null;
  }

  #endOn(fault: MessageFault | null): void {
    if (fault !== null) this.#fail(fault.code, fault.detail);
  }

  /** `told`: what the client reads, where it is not what the log says. */
  #fail(code: ErrorCode, detail: string, told = detail): void {
    if (this.#isEnded) return;
    this.#stream?.cancel();
    if (this.#answer.hasBegun) {
      this.#finish(this.#answer.status, code, detail, () => this.#client.abort(code));
      return;
    }
    const headers = this.#parts.ownHeaders(this.plan, this.#decision);
    this.#finish(ERRORS[code].status, code, detail, () => this.#client.reject(code, told, headers));
  }

  /** A bug costs the request that met it, never the connection or the process. */
  #contain(run: () => void): void {
    try {
      run();
    } catch (error) {
      try {
        this.#fail('INTERNAL', String(error), 'the gateway’s log has more under the request ID');
      } catch {
        // Told and counted as far as it went.
      }
    }
  }

  #finish(status: number, code: ErrorCode | null, detail: string, tell: () => void = () => undefined): void {
    this.#isEnded = true;
    this.#limit?.cancel();
    this.#held.leave();
    this.#answer.clientTakesMore();
    try {
      tell();
    } finally {
      this.#parts.finished(this.#end(status, code, detail));
    }
  }

  #end(status: number, code: ErrorCode | null, detail: string): ExchangeEnd {
    return {
      facts: this.plan,
      plan: this.plan,
      decision: this.#decision,
      status,
      code,
      detail,
      resends: Math.max(0, this.#attempt - 1),
      requestBytes: this.#requestBytes,
      responseBytes: this.#answer.bytes,
      heldMs: this.#held.heldMs,
      totalMs: this.#parts.clock.monotonicMs() - this.#startedAt,
      upstreamMs: this.#upstreamMs,
    };
  }
}
