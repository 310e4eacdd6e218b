import type { ErrorCode } from '../../errors.ts';
import type { Answer } from '../message/answer.ts';
import type {
  Claim,
  HeaderList,
  Refusal,
  Upstream,
  UpstreamEvents,
  UpstreamFailure,
  UpstreamRequest,
  UpstreamStream,
} from '../upstream.ts';

/** What a write under way needs of its guard. */
export interface WriteRules {
  /** Rule 5, now: null if the answer may be passed on. */
  doubt(claim: Claim): string | null;
  /** Whether an upgrade may live on, now. */
  mayLast(claim: Claim): boolean;
  /** The protocol was changed: it lives until its shard freezes or the horizon passes. */
  upgraded(write: GuardedWrite): void;
  /** It is over, however; told once. */
  ended(write: GuardedWrite): void;
}

/**
 * One admitted write between the guard and the cell. The head of its answer is passed on only by rule 5 (docs/ownership-protocol.md);
 * otherwise nobody is told that it succeeded, and the cell's request is aborted.
 */
export class GuardedWrite implements UpstreamStream {
  readonly claim: Claim;
  readonly #rules: WriteRules;
  readonly #events: UpstreamEvents;
  #stream: UpstreamStream | null = null;
  #isOver = false;
  #isCellOver = false;
  #isClientOver = false;
  #isUpgraded = false;
  #isStopped = false;

  constructor(claim: Claim, rules: WriteRules, events: UpstreamEvents) {
    this.claim = claim;
    this.#rules = rules;
    this.#events = events;
  }

  open(cells: Upstream, request: UpstreamRequest): this {
    const stream = cells.open(request, new CellSide(this, this.#events));
    if (this.#isStopped) stream.cancel();
    else this.#stream = stream;
    return this;
  }

  /** Ends it now; whether it was executed nobody knows. */
  cut(code: ErrorCode, detail: string): void {
    if (this.#isOver) return;
    const wasAnswered = this.#isCellOver;
    this.#finish();
    this.#stop();
    if (!wasAnswered) this.#events.failed({ code, executed: 'unknown', detail });
  }

  write(chunk: Uint8Array): boolean {
    return this.#stream?.write(chunk) ?? true;
  }

  end(trailers?: HeaderList): void {
    this.#isClientOver = true;
    this.#stream?.end(trailers);
    if (this.#isCellOver) this.#finish();
  }

  cancel(): void {
    this.#finish();
    this.#stop();
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  /** Nothing that the cell says counts any more. */
  get isCellOver(): boolean {
    return this.#isOver || this.#isCellOver;
  }

  /** The client may still have something to say to the cell. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The cell's answer begins. */
  answers(status: number, headers: HeaderList, answer?: Answer): void {
    const doubt = this.#rules.doubt(this.claim);
    if (doubt !== null) {
      this.cut('OUTCOME_UNKNOWN', doubt);
      return;
    }
    this.#isUpgraded = status === 101;
    this.#events.head(status, headers, answer);
    if (!this.#isUpgraded || this.#isOver) return;
    if (this.#rules.mayLast(this.claim)) this.#rules.upgraded(this);
    else this.cut('SHARD_MOVING', 'the shard was frozen while the protocol was changed');
  }

  /** Of an upgrade only the cell's side ends here: what the client still says to the cell may be writes. */
  answered(): void {
    this.#isCellOver = true;
    if (!this.#isUpgraded || this.#isClientOver) this.#finish();
  }

  /** The cell says no more, and has not answered. */
  unanswered(): void {
    this.#isCellOver = true;
    this.#finish();
  }

  #stop(): void {
    this.#isStopped = true;
    this.#stream?.cancel();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#rules.ended(this);
  }
}

/** What the cell says of a write. */
class CellSide implements UpstreamEvents {
  readonly #write: GuardedWrite;
  readonly #events: UpstreamEvents;

  constructor(write: GuardedWrite, events: UpstreamEvents) {
    this.#write = write;
    this.#events = events;
  }

  /** The guard has said so already. */
  admitted(): void {}

  refused(refusal: Refusal): void {
    if (this.#write.isCellOver) return;
    this.#write.unanswered();
    this.#events.refused(refusal);
  }

  informational(status: number, headers: HeaderList): void {
    if (!this.#write.isCellOver) this.#events.informational(status, headers);
  }

  head(status: number, headers: HeaderList, answer?: Answer): void {
    if (!this.#write.isCellOver) this.#write.answers(status, headers, answer);
  }

  data(chunk: Uint8Array): void {
    if (!this.#write.isCellOver) this.#events.data(chunk);
  }

  end(trailers: HeaderList): void {
    if (this.#write.isCellOver) return;
    this.#write.answered();
    this.#events.end(trailers);
  }

  failed(failure: UpstreamFailure): void {
    if (this.#write.isCellOver) return;
    this.#write.unanswered();
    this.#events.failed(failure);
  }

  drain(): void {
    if (!this.#write.isOver) this.#events.drain();
  }
}
