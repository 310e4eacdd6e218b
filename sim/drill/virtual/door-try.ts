import type { ErrorCode } from '../../../src/errors.ts';
import type { AnswerHead, ClientHandle, Downstream } from '../../../src/gateway/downstream.ts';
import { errorAnswer } from '../../../src/gateway/error-answer.ts';
import type { ReceivedHead } from '../../../src/gateway/message/request-head.ts';
import type { HeaderList } from '../../../src/gateway/upstream.ts';
import type { SimGateway } from '../../fleet/sim-gateway.ts';
import type { Try } from '../doors.ts';

export interface DoorTryParts {
  /** Once. */
  ended(end: Try): void;
  /** Each final word that the gateway says; more than one is one too many. */
  answered(status: number, code: ErrorCode | null, finals: number): void;
}

/** A client's connection for one try at one gateway. */
export class DoorTry implements Downstream {
  readonly gateway: SimGateway;
  readonly #head: ReceivedHead;
  readonly #parts: DoorTryParts;
  #handle: ClientHandle | null = null;
  #answer: AnswerHead | null = null;
  #finals = 0;
  #isOver = false;

  constructor(gateway: SimGateway, head: ReceivedHead, parts: DoorTryParts) {
    this.gateway = gateway;
    this.#head = head;
    this.#parts = parts;
  }

  start(): void {
    if (!this.#isOver) this.#handle = this.gateway.begin(this.#head, this);
  }

  /** The client left. */
  abandon(): void {
    if (this.gateway.process.isUp) this.#handle?.abandon();
  }

  /** The connection ended without an answer. */
  broken(detail: string): void {
    this.#end({ kind: 'none', detail });
  }

  takeBody(): void {}

  informational(): void {}

  head(answer: AnswerHead): void {
    this.#answer = answer;
  }

  data(): boolean {
    return true;
  }

  end(): void {
    const { status, headers } = this.#answer ?? { status: 0, headers: [] };
    this.#final(status, null);
    this.#end({ kind: 'answer', status, ...told(headers), body: '' });
  }

  reject(code: ErrorCode, detail: string, ours: HeaderList): void {
    const { status, headers, body } = errorAnswer(code, detail, ours);
    this.#final(status, code);
    this.#end({ kind: 'answer', status, ...told(headers), body });
  }

  abort(code: ErrorCode): void {
    this.#final(0, code);
    this.broken('ECONNRESET');
  }

  drain(): void {}

  #final(status: number, code: ErrorCode | null): void {
    this.#finals += 1;
    this.#parts.answered(status, code, this.#finals);
  }

  #end(end: Try): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.ended(end);
  }
}

function told(headers: HeaderList): { readonly requestId: string; readonly retryAfterMs: number | null } {
  let [requestId, retryAfterMs]: [string, number | null] = ['', null];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] ?? '').toLowerCase();
    if (name === 'x-request-id') requestId = headers[index + 1] ?? '';
    if (name === 'retry-after') retryAfterMs = Number(headers[index + 1]) * 1_000;
  }
  return { requestId, retryAfterMs };
}
