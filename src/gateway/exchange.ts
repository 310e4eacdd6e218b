import type { Decision } from '../core/decide.ts';
import type { Epoch, MonotonicMs } from '../core/ids.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { AnswerRelay } from './answer-relay.ts';
import type { ClientHandle, Downstream } from './downstream.ts';
import { type AttemptOwner, ExchangeAttempt } from './exchange-attempt.ts';
import type { ExchangeEnd } from './exchange-end.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { HeldRequest } from './holding/held-request.ts';
import type { Answer } from './message/answer.ts';
import { endToEndTrailers } from './message/end-to-end-trailers.ts';
import type { MessageFault } from './message/message-fault.ts';
import { newsWait } from './news-wait.ts';
import type { RequestPlan } from './request-plan.ts';
import type { HeaderList, Refusal, UpstreamFailure, UpstreamStream } from './upstream.ts';
import { PlannedRequest } from './upstream-request.ts';
import { type CoarseDeadline, CoarseTimers } from './wire/coarse-timers.ts';

/** A refused request is sent again at most this often (protocol, "Outcomes of a request"). */
const MAX_RESENDS = 2;
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['OVERLOADED', 'STORE_LOST']);

/**
 * One request from its decision to its one final answer. It is sent again only if it provably was not executed, and only
 * while nothing of its body was taken from the client.
 */
export class Exchange implements ClientHandle, AttemptOwner {
  readonly plan: RequestPlan;
  readonly #parts: ExchangeParts;
  readonly #client: Downstream;
  readonly #answer: AnswerRelay;
  readonly #held: HeldRequest;
  readonly #startedAt: MonotonicMs;
  #decision: Decision | null = null;
  #stream: UpstreamStream | null = null;
  /** The newest; `#isSettled`: it has told its last event, and nothing that it still says counts. */
  #attempt: ExchangeAttempt | null = null;
  #attempts = 0;
  #isSettled = true;
  #isBodyTaken = false;
  #isBodyOver = false;
  #isAnswerOver = false;
  #isEnded = false;
  #sentAt: MonotonicMs;
  #upstreamMs: number | null = null;
  #requestBytes = 0;
  #limit: CoarseDeadline | null = null;

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
      this.#limit = CoarseTimers.of(this.#parts.clock).add(() => this.#late());
      this.#limit.startAt(this.#startedAt, requestMs);
    }
    try {
      this.#send();
    } catch (error) {
      this.broke(error);
    }
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
    // The first time it is sent in the turn that it came in, unless it was held.
    if (this.#attempts > 0 || this.#held.heldMs > 0) this.#sentAt = this.#parts.clock.monotonicMs();
    const attempt = new ExchangeAttempt(this);
    this.#attempts += 1;
    this.#attempt = attempt;
    this.#isSettled = false;
    const request = new PlannedRequest(this.plan, decision);
    const stream = this.#parts.route(decision).open(request, attempt);
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
  isLive(attempt: ExchangeAttempt): boolean {
    return this.#attempt === attempt && !this.#isSettled && !this.#isEnded;
  }

  /** After the end of an upgraded cell's side only the client's is still open. */
  isUnanswered(attempt: ExchangeAttempt): boolean {
    return !this.#isAnswerOver && this.isLive(attempt);
  }

  admitted(): void {
    // What follows an upgrade's head is read when the 101 is there.
    if (this.plan.body === 'none' || this.plan.upgrade !== null || this.#isBodyTaken) return;
    this.#isBodyTaken = true;
    // During `open` the stream is not known yet: #open goes on.
    if (this.#stream !== null) this.#client.takeBody();
  }

  refused(refusal: Refusal): void {
    this.#settle();
    // Sending again what a full cell refused would only fill it more, and a guard that lost the store has waited for it already.
    const isFinal = ERRORS[refusal.code].retry === 'no' || FINAL.has(refusal.code);
    if (isFinal || this.#attempts > MAX_RESENDS || !this.#isUntouched) {
      this.#fail(refusal.code, `refused ${this.#attempts} times, newest epoch ${refusal.epoch}`);
      return;
    }
    const news = this.#parts.catchUp();
    const enough = this.#parts.learn(this.plan, refusal) ? newsWait(this.#parts.clock, news) : news;
    void enough.then(() => this.#contain(() => this.#send(refusal)));
  }

  failed(failure: UpstreamFailure): void {
    this.#settle();
    const mayHelp = failure.executed === 'no' && !FINAL.has(failure.code) && this.#attempts <= MAX_RESENDS;
    if (mayHelp && this.#isUntouched && this.#parts.mayResend()) this.#send();
    else this.#fail(failure.code, failure.detail);
  }

  informational(status: number, headers: HeaderList): void {
    this.#answer.informational(status, headers);
  }

  drain(): void {
    this.#client.drain();
  }

  head(status: number, headers: HeaderList, answer?: Answer): void {
    this.#upstreamMs = this.#parts.clock.monotonicMs() - this.#sentAt;
    this.#endOn(this.#answer.head(status, headers, this.#parts.ownHeaders(this.plan, this.#decision), answer));
  }

  data(chunk: Uint8Array): void {
    this.#endOn(this.#answer.data(chunk));
    if (this.#answer.isPaused) this.#stream?.pause();
  }

  answered(trailers: HeaderList): void {
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

  #late(): void {
    const { name, timeouts } = this.plan.route;
    const detail = `no end within ${timeouts.requestMs} ms (timeouts.requestMs of route ${name})`;
    this.#fail(this.#held.isWaiting ? 'SHARD_MOVING' : 'REQUEST_TIMEOUT', detail);
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
  broke(error: unknown): void {
    try {
      this.#fail('INTERNAL', String(error), 'the gateway’s log has more under the request ID');
    } catch {
      // Told and counted as far as it went.
    }
  }

  #contain(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.broke(error);
    }
  }

  #finish(status: number, code: ErrorCode | null, detail: string, tell: (() => void) | null = null): void {
    this.#isEnded = true;
    this.#limit?.drop();
    this.#held.leave();
    this.#answer.clientTakesMore();
    try {
      tell?.();
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
      resends: Math.max(0, this.#attempts - 1),
      requestBytes: this.#requestBytes,
      responseBytes: this.#answer.bytes,
      heldMs: this.#held.heldMs,
      totalMs: this.#parts.clock.monotonicMs() - this.#startedAt,
      upstreamMs: this.#upstreamMs,
    };
  }
}
