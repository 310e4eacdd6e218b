import type { ErrorCode } from '../../src/errors.ts';
import type { AnswerHead, ClientHandle, Downstream } from '../../src/gateway/downstream.ts';
import type { HeaderList } from '../../src/gateway/upstream.ts';

/** A client's side that writes down what it is told, and every breach of the order that the port promises. */
export class RecordingDownstream implements Downstream {
  readonly breaches: string[] = [];
  readonly informationals: number[] = [];
  handle: ClientHandle | null = null;
  bodyTaken = 0;
  drains = 0;
  bytes = 0;
  answer: AnswerHead | null = null;
  trailers: HeaderList | null = null;
  rejection: { readonly code: ErrorCode; readonly detail: string; readonly headers: HeaderList } | null = null;
  aborted: ErrorCode | null = null;
  /** What `data` says. */
  takesMore = true;
  isUpgrade = false;
  onTakeBody: () => void = () => undefined;

  /** How often the client got a final word. */
  get finals(): number {
    return [this.trailers, this.rejection, this.aborted].filter((last) => last !== null).length;
  }

  takeBody(): void {
    this.bodyTaken += 1;
    this.#expect(this.finals === 0, 'takeBody after the end');
    this.onTakeBody();
  }

  informational(status: number): void {
    this.#expect(this.answer === null && this.finals === 0, 'informational too late');
    this.informationals.push(status);
  }

  head({ status, headers, framing, declaredLength }: AnswerHead): void {
    this.#expect(this.answer === null, 'a second head');
    this.#expect(this.finals === 0, 'head after the end');
    this.answer = { status, headers, framing, declaredLength };
  }

  data(chunk: Uint8Array): boolean {
    this.#expect(this.answer !== null && this.finals === 0, 'data outside the body');
    this.bytes += chunk.length;
    return this.takesMore;
  }

  end(trailers: HeaderList): void {
    this.#expect(this.answer !== null && this.finals === 0, 'end out of order');
    this.trailers = trailers;
  }

  reject(code: ErrorCode, detail: string, headers: HeaderList): void {
    this.#expect(this.answer === null && this.finals === 0, 'reject out of order');
    this.rejection = { code, detail, headers };
  }

  abort(code: ErrorCode): void {
    const isHalfClosed = this.trailers !== null && this.answer?.status === 101 && this.aborted === null;
    this.#expect(this.answer !== null && (this.finals === 0 || isHalfClosed), 'abort out of order');
    this.aborted = code;
  }

  drain(): void {
    this.#expect(this.rejection === null && this.aborted === null, 'drain after the end');
    this.drains += 1;
  }

  #expect(holds: boolean, breach: string): void {
    if (!holds) this.breaches.push(breach);
  }
}
