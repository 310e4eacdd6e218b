import type { ClientHandle } from '../downstream.ts';
import type { MessageFault } from '../message/message-fault.ts';
import type { RequestHead } from '../message/request-head.ts';
import type { ClientInput } from './client-input.ts';
import { RequestBodyReader } from './request-body-reader.ts';

/** The body of the request that a connection serves: whether it was asked for, and how much of it is still to come. */
export class RequestIntake {
  #body: RequestBodyReader | null = null;
  #isTaken = false;
  #isBlocked = false;
  #isBroken = false;
  /** The client waits for 100 before it sends its body. */
  #expectsContinue = false;

  begin(checked: RequestHead | MessageFault): void {
    this.#isTaken = false;
    this.#isBlocked = false;
    this.#isBroken = false;
    this.#expectsContinue = checked.ok && checked.expectContinue;
    const framing = checked.ok ? checked.framing : 'none';
    this.#body = framing === 'none' || framing === 0 ? null : new RequestBodyReader(framing);
  }

  /** Part of the body has not been read. */
  get isReceiving(): boolean {
    return this.#body !== null && !this.#body.isOver;
  }

  /** Nothing more can be expected of the client: it was not asked for its body, or what it sends cannot be read. */
  get isHopeless(): boolean {
    return this.#isBroken || (this.#expectsContinue && !this.#isTaken);
  }

  /** The body is wanted. True if the client has to be told. */
  take(): boolean {
    this.#isTaken = true;
    return this.#expectsContinue;
  }

  /** After the body was blocked: more of it is wanted. */
  unblock(): void {
    this.#isBlocked = false;
  }

  get isWanted(): boolean {
    return this.#isTaken && !this.#isBlocked;
  }

  /** Hands on what is there of the body. What was read is used up, even if its request or its connection is over by then. */
  pass(input: ClientInput, handle: ClientHandle, isLive: () => boolean): void {
    const body = this.#body;
    if (body === null) return;
    input.keep();
    const at = body.read(input.bytes, input.at, (bytes) => {
      this.#isBlocked = !handle.write(bytes);
      return !this.#isBlocked;
    });
    if (!input.isEmpty) input.consume(at);
    if (!isLive()) return;
    if (body.fault !== null) {
      this.#isBroken = true;
      handle.fail('BAD_REQUEST', body.fault);
    } else if (body.isOver) handle.endBody(body.trailers);
  }

  /** Reads what nobody wants any more; false when there is no more to come, or nobody knows. */
  drop(input: ClientInput): boolean {
    const body = this.#body;
    if (body === null) return false;
    input.consume(body.read(input.bytes, input.at, () => true));
    return !body.isOver && body.fault === null;
  }
}
