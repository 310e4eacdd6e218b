import type { Clock, Timer } from '../core/clock.ts';
import type { Decision } from '../core/decide.ts';
import type { MonotonicMs } from '../core/ids.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import type { ClientHandle, Downstream } from './downstream.ts';
import { checkAnswer } from './message/check-answer.ts';
import { endToEndAnswerHeaders } from './message/end-to-end-headers.ts';
import { endToEndTrailers } from './message/end-to-end-trailers.ts';
import type { RequestFacts, RequestPlan } from './request-plan.ts';
import type {
  Claim,
  HeaderList,
  Refusal,
  Upstream,
  UpstreamEvents,
  UpstreamFailure,
  UpstreamRequest,
  UpstreamStream,
} from './upstream.ts';

/** How an exchange ended, for the one place that counts and logs. */
export interface ExchangeEnd {
  readonly facts: RequestFacts;
  /** Null if the request was refused before it was routed. */
  readonly plan: RequestPlan | null;
  readonly decision: Decision | null;
  /** Status that the client got; 499 if it left first. */
  readonly status: number;
  /** Null if the cell's answer was passed on whole. */
  readonly code: ErrorCode | null;
  readonly detail: string;
  readonly resends: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly totalMs: number;
  /** From sending to the head of the answer; null if none came. */
  readonly upstreamMs: number | null;
}

/** What an exchange is handed by the pipeline. */
export interface ExchangeParts {
  readonly clock: Clock;
  /** Decides with the table of this moment. */
  decide(plan: RequestPlan): Decision;
  /** The way to the decided cell: this data center's guard, or a peer's over the interlink. */
  route(decision: Decision & { kind: 'forward' }): Upstream;
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
const NOTHING_GUARDED: ReadonlySet<string> = new Set();

/**
 * One request from its decision to its one final answer. It is sent again only if it provably was not executed, and only
 * while nothing of its body was taken from the client.
 */
export class Exchange implements UpstreamEvents, ClientHandle {
  readonly plan: RequestPlan;
  readonly #parts: ExchangeParts;
  readonly #client: Downstream;
  readonly #startedAt: MonotonicMs;
  #decision: Decision | null = null;
  #stream: UpstreamStream | null = null;
  #attempt = 0;
  #bodyTaken = false;
  #headSent = false;
  #ended = false;
  #sentAt: MonotonicMs | null = null;
  #upstreamMs: number | null = null;
  #requestBytes = 0;
  #responseBytes = 0;
  #status = 0;
  #limit: Timer | null = null;

  constructor(plan: RequestPlan, parts: ExchangeParts, client: Downstream) {
    this.plan = plan;
    this.#parts = parts;
    this.#client = client;
    this.#startedAt = parts.clock.monotonicMs();
  }

  start(): void {
    const { requestMs } = this.plan.route.timeouts;
    if (requestMs > 0 && this.plan.upgrade === null) {
      this.#limit = this.#parts.clock.setTimer(requestMs, () => this.#fail('REQUEST_TIMEOUT', `no end within ${requestMs} ms`));
    }
    this.#send();
  }

  /** A piece of the request's body; false means "enough for now, wait for `Downstream.drain`". */
  write(chunk: Uint8Array): boolean {
    if (this.#ended) return true;
    this.#requestBytes += chunk.length;
    if (this.#requestBytes > this.plan.route.limits.bodyBytes && this.plan.upgrade === null) {
      this.#fail('BODY_TOO_LARGE', `more than ${this.plan.route.limits.bodyBytes} bytes (route ${this.plan.route.name})`);
      return true;
    }
    return this.#stream?.write(chunk) ?? true;
  }

  /** The request's body is complete. */
  endBody(trailers: HeaderList = []): void {
    if (!this.#ended) this.#stream?.end(endToEndTrailers(trailers, this.plan.guarded));
  }

  resume(): void {
    this.#stream?.resume();
  }

  /** The client left: whatever runs for it ends, at the cell too. */
  abandon(): void {
    if (this.#ended) return;
    this.#stream?.cancel();
    this.#finish(499, 'CLIENT_GONE', 'the client closed the connection');
  }

  #send(): void {
    if (this.#ended) return;
    const decision = this.#parts.decide(this.plan);
    this.#decision = decision;
    if (decision.kind === 'hold') this.#fail('SHARD_MOVING', decision.reason);
    else if (decision.kind === 'reject') this.#fail(decision.code, decision.reason);
    else this.#open(decision);
  }

  #open(decision: Decision & { kind: 'forward' }): void {
    this.#sentAt = this.#parts.clock.monotonicMs();
    const attempt = ++this.#attempt;
    const stream = this.#parts.route(decision).open(this.#request(decision), this.#eventsOf(attempt));
    // An answer or a refusal may have come during `open`: then this stream is history already.
    if (this.#attempt !== attempt || this.#ended) return;
    this.#stream = stream;
    if (this.#bodyTaken) this.#client.takeBody();
  }

  /** Events of an attempt that was given up (a resend followed) must not reach the client. */
  #eventsOf(attempt: number): UpstreamEvents {
    const live = (): boolean => this.#attempt === attempt && !this.#ended;
    return {
      admitted: () => live() && this.admitted(),
      refused: (refusal) => live() && this.refused(refusal),
      informational: (status, headers) => live() && this.informational(status, headers),
      head: (status, headers) => live() && this.head(status, headers),
      data: (chunk) => live() && this.data(chunk),
      end: (trailers) => live() && this.end(trailers),
      failed: (failure) => live() && this.failed(failure),
      drain: () => live() && this.drain(),
    };
  }

  #request(decision: Decision & { kind: 'forward' }): UpstreamRequest {
    const { plan } = this;
    const { timeouts } = plan.route;
    const { shard, epoch, unit, cell } = decision;
    const claim: Claim = { shard, epoch, unit: unit.id, cell: cell.id, safe: plan.isSafe };
    return {
      claim,
      method: plan.method,
      target: plan.target,
      headers: plan.headers,
      body: plan.body,
      upgrade: plan.upgrade,
      requestId: plan.requestId,
      limits: {
        connectMs: timeouts.connectMs,
        responseHeadMs: timeouts.responseHeadMs,
        bodyIdleMs: timeouts.bodyIdleMs,
      },
    };
  }

  admitted(): void {
    if (this.plan.body === 'none' && this.plan.upgrade === null) return;
    this.#bodyTaken = true;
    // During `open` the stream is not known yet: #open goes on.
    if (this.#stream !== null) this.#client.takeBody();
  }

  refused(refusal: Refusal): void {
    this.#stream = null;
    if (this.#attempt > MAX_RESENDS || ERRORS[refusal.code].retry === 'no' || this.#bodyTaken) {
      this.#fail(refusal.code, `refused ${this.#attempt} times, newest epoch ${refusal.epoch}`);
      return;
    }
    void this.#parts.catchUp().then(() => this.#send());
  }

  failed(failure: UpstreamFailure): void {
    this.#stream = null;
    const isUntouched = failure.executed === 'no' && !this.#bodyTaken && !this.#headSent;
    if (isUntouched && this.#attempt <= MAX_RESENDS && this.#parts.mayResend()) this.#send();
    else this.#fail(failure.code, failure.detail);
  }

  informational(status: number, headers: HeaderList): void {
    const answer = checkAnswer(this.plan, { status, httpVersion: '1.1', headers });
    if (answer.ok) this.#client.informational(status, endToEndAnswerHeaders(answer, []));
  }

  head(status: number, headers: HeaderList): void {
    this.#upstreamMs = this.#parts.clock.monotonicMs() - (this.#sentAt as number);
    const answer = checkAnswer(this.plan, { status, httpVersion: '1.1', headers });
    if (!answer.ok) {
      this.#fail(answer.code, answer.detail);
      return;
    }
    this.#headSent = true;
    this.#status = status;
    const { framing, declaredLength } = answer;
    const ours = this.#parts.ownHeaders(this.plan, this.#decision);
    this.#client.head({ status, headers: endToEndAnswerHeaders(answer, ours), framing, declaredLength });
  }

  data(chunk: Uint8Array): void {
    this.#responseBytes += chunk.length;
    if (!this.#client.data(chunk)) this.#stream?.pause();
  }

  end(trailers: HeaderList): void {
    this.#finish(this.#status, null, '', () => this.#client.end(endToEndTrailers(trailers, NOTHING_GUARDED)));
  }

  drain(): void {
    this.#client.drain();
  }

  #fail(code: ErrorCode, detail: string): void {
    if (this.#ended) return;
    this.#stream?.cancel();
    if (this.#headSent) {
      this.#finish(this.#status, code, detail, () => this.#client.abort(code));
      return;
    }
    const headers = this.#parts.ownHeaders(this.plan, this.#decision);
    this.#finish(ERRORS[code].status, code, detail, () => this.#client.reject(code, detail, headers));
  }

  #finish(status: number, code: ErrorCode | null, detail: string, tell: () => void = () => undefined): void {
    this.#ended = true;
    this.#limit?.cancel();
    tell();
    this.#parts.finished({
      facts: this.plan,
      plan: this.plan,
      decision: this.#decision,
      status,
      code,
      detail,
      resends: Math.max(0, this.#attempt - 1),
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      totalMs: this.#parts.clock.monotonicMs() - this.#startedAt,
      upstreamMs: this.#upstreamMs,
    });
  }
}
