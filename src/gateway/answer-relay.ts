import type { Clock, Timer } from '../core/clock.ts';
import type { AnswerHead, Downstream } from './downstream.ts';
import type { Answer } from './message/answer.ts';
import { checkAnswer } from './message/check-answer.ts';
import { endToEndAnswerHeaders } from './message/end-to-end-headers.ts';
import { endToEndTrailers } from './message/end-to-end-trailers.ts';
import { type MessageFault, messageFault } from './message/message-fault.ts';
import { PassedHead } from './passed-head.ts';
import type { RequestPlan } from './request-plan.ts';
import type { HeaderList } from './upstream.ts';

const NOTHING_GUARDED: ReadonlySet<string> = new Set();

/**
 * The answer's way from the cell to the client: its head is checked, its length is counted, and a client that takes nothing
 * is noticed. What it returns as a fault the exchange ends with.
 */
export class AnswerRelay {
  readonly #plan: RequestPlan;
  readonly #client: Downstream;
  readonly #clock: Clock;
  readonly #stalled: () => void;
  #framing: AnswerHead['framing'] = 'none';
  #stall: Timer | null = null;
  /** Status that was passed on; 0 before. */
  status = 0;
  bytes = 0;

  /** `stalled` is called when the client took nothing for as long as the route allows silence in a body. */
  constructor(plan: RequestPlan, client: Downstream, clock: Clock, stalled: () => void) {
    this.#plan = plan;
    this.#client = client;
    this.#clock = clock;
    this.#stalled = stalled;
  }

  get hasBegun(): boolean {
    return this.status !== 0;
  }

  /** The client cannot take more now. */
  get isPaused(): boolean {
    return this.#stall !== null;
  }

  /** One that breaks a rule is left out: an informational answer is never needed for correctness. */
  informational(status: number, headers: HeaderList): void {
    if (this.hasBegun) return;
    const answer = checkAnswer(this.#plan, { status, httpVersion: '1.1', headers });
    if (answer.ok) this.#client.informational(status, endToEndAnswerHeaders(answer, []));
  }

  /** `checked`: what `checkAnswer` has said already. */
  head(status: number, headers: HeaderList, ours: HeaderList, checked?: Answer): MessageFault | null {
    if (this.hasBegun) return messageFault('BAD_RESPONSE', 'a second head');
    const answer = checked ?? checkAnswer(this.#plan, { status, httpVersion: '1.1', headers });
    if (!answer.ok) return answer;
    this.status = status;
    this.#framing = status === 101 ? 'close' : answer.framing;
    this.#client.head(new PassedHead(answer, ours));
    return null;
  }

  data(chunk: Uint8Array): MessageFault | null {
    if (!this.hasBegun) return messageFault('BAD_RESPONSE', 'a body before its head');
    this.bytes += chunk.length;
    // One byte more than announced would be the beginning of the next answer on the client's connection.
    if (this.bytes > this.#mostBytes)
      return messageFault('BAD_RESPONSE', `more than the ${this.#mostBytes} bytes announced`);
    if (!this.#client.data(chunk)) this.waitForClient();
    return null;
  }

  end(trailers: HeaderList): MessageFault | null {
    if (!this.hasBegun) return messageFault('BAD_RESPONSE', 'an end before a head');
    if (typeof this.#framing === 'number' && this.bytes < this.#framing) {
      return messageFault('BAD_RESPONSE', `${this.bytes} bytes of the ${this.#framing} announced`);
    }
    this.clientTakesMore();
    this.#client.end(endToEndTrailers(trailers, NOTHING_GUARDED));
    return null;
  }

  /** Begins the time within which the client must do something; harmless when repeated. */
  waitForClient(): void {
    this.#stall ??= this.#clock.setTimer(this.#plan.route.timeouts.bodyIdleMs, this.#stalled);
  }

  clientTakesMore(): void {
    this.#stall?.cancel();
    this.#stall = null;
  }

  get #mostBytes(): number {
    if (this.#framing === 'none') return 0;
    return typeof this.#framing === 'number' ? this.#framing : Number.POSITIVE_INFINITY;
  }
}
