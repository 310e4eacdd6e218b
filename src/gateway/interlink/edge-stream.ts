import type { HeaderList, UpstreamEvents, UpstreamFailure, UpstreamRequest, UpstreamStream } from '../upstream.ts';
import { decodeAnswerHead, decodeEnd, decodeFailure, decodeRefusal } from './answer-codec.ts';
import { encodeCancel, encodeWindow } from './control-codec.ts';
import type { FrameType } from './frame.ts';
import { FRAME, frameName } from './frame.ts';
import type { HeadProblem } from './head-codec.ts';
import { encodeHead } from './head-codec.ts';
import type { HeldBytes } from './inbound-body.ts';
import { InboundBody } from './inbound-body.ts';
import type { InterlinkLimits } from './interlink-limits.ts';
import type { StreamOutcome } from './interlink-observer.ts';
import { OutboundBody } from './outbound-body.ts';
import type { Outbox } from './outbox.ts';
import type { ProtocolViolation } from './protocol-violation.ts';
import { violation } from './protocol-violation.ts';
import type { StreamWait } from './stream-deadline.ts';
import { overdue } from './stream-deadline.ts';

/** The connection that a stream is on, as far as the stream needs it. */
export interface EdgeStreamHost {
  readonly outbox: Outbox;
  readonly limits: InterlinkLimits;
  readonly held: HeldBytes;
  /** The guard's window: what may be sent before its first WINDOW. */
  readonly creditBytes: number;
  nowMs(): number;
  /** The stream's number is free of it: called once for each attached stream, unless the connection was lost. */
  release(stream: EdgeStream, outcome: StreamOutcome, lateBytes: number): void;
}

/** `waiting`: for a connection; `sent`: HEAD is on its way, no answer of the guard yet. */
type Phase = 'waiting' | 'sent' | 'admitted' | 'answered' | 'closed';

/** One request on the edge's side of the interlink. */
export class EdgeStream implements UpstreamStream {
  readonly request: UpstreamRequest;
  readonly #events: UpstreamEvents;
  #id = 0;
  #host: EdgeStreamHost | null = null;
  #phase: Phase = 'waiting';
  #headNumber = 0;
  #inbound: InboundBody | null = null;
  #outbound: OutboundBody | null = null;
  #outboundEnded: boolean;
  #upgraded = false;
  #progressMs = 0;

  constructor(request: UpstreamRequest, events: UpstreamEvents) {
    this.request = request;
    this.#events = events;
    this.#outboundEnded = request.body === 'none';
  }

  get id(): number {
    return this.#id;
  }

  get isClosed(): boolean {
    return this.#phase === 'closed';
  }

  /** Sends HEAD; if it cannot be sent the stream stays as it was. */
  attach(host: EdgeStreamHost, id: number): HeadProblem | null {
    const head = encodeHead(id, this.request);
    if (!Buffer.isBuffer(head)) return head;
    this.#host = host;
    this.#id = id;
    this.#phase = 'sent';
    this.#progressMs = host.nowMs();
    this.#headNumber = host.outbox.send(head);
    return null;
  }

  write(chunk: Uint8Array): boolean {
    if (this.#phase === 'closed') return true;
    if (this.#outbound === null) throw new Error('a body byte was written before the guard admitted the request');
    return this.#outbound.write(chunk);
  }

  end(trailers: HeaderList = []): void {
    if (this.#phase === 'closed' || (this.#outbound === null && this.#outboundEnded)) return;
    if (this.#outbound === null) throw new Error('the body was ended before the guard admitted the request');
    this.#outbound.end(trailers);
  }

  cancel(): void {
    if (this.#phase === 'closed') this.#inbound?.close();
    else this.#abort('cancelled');
  }

  pause(): void {
    this.#inbound?.pause();
  }

  resume(): void {
    if (this.#host !== null) this.#progressMs = this.#host.nowMs();
    this.#inbound?.resume();
  }

  /** Ends a stream that has no connection. */
  reject(failure: UpstreamFailure): void {
    if (this.#phase !== 'waiting') return;
    this.#phase = 'closed';
    this.#events.failed(failure);
  }

  /** The connection is gone. */
  lost(detail: string): void {
    if (this.#phase === 'closed') return;
    const failure = this.#lostFailure(detail);
    this.#phase = 'closed';
    this.#outbound?.close();
    if (this.#inbound?.hasEnd) return;
    this.#inbound?.close();
    this.#events.failed(failure);
  }

  /** Ends the stream if it waited for too long. */
  sweep(nowMs: number): void {
    const wait = this.#wait();
    const late = wait && overdue(wait, this.request.limits, this.#host?.limits.graceMs ?? 0, nowMs);
    if (!late) return;
    const executed = this.#mayHaveRun() ? 'unknown' : 'no';
    this.#abort('failed');
    this.#events.failed({ ...late, executed });
  }

  /** A frame of the guard about this stream. */
  frame(type: FrameType, payload: Buffer): ProtocolViolation | null {
    this.#progressMs = this.#host?.nowMs() ?? 0;
    switch (type) {
      case FRAME.DATA:
        return this.#phase === 'answered' ? this.#data(payload) : this.#unexpected(type);
      case FRAME.WINDOW:
        return this.#outbound?.grant(payload.readUInt32BE(0)) ? null : this.#unexpected(type);
      case FRAME.ADMITTED:
        return this.#phase === 'sent' ? this.#admitted() : this.#unexpected(type);
      case FRAME.RESPONSE:
      case FRAME.INFORMATIONAL:
        return this.#phase === 'admitted' ? this.#answer(type, payload) : this.#unexpected(type);
      case FRAME.END:
        return this.#phase === 'answered' ? this.#end(payload) : this.#unexpected(type);
      case FRAME.REFUSED:
        return this.#phase === 'sent' ? this.#refused(payload) : this.#unexpected(type);
      case FRAME.FAILED:
        return this.#failed(payload);
      default:
        return this.#unexpected(type);
    }
  }

  #admitted(): null {
    this.#phase = 'admitted';
    if (!this.#outboundEnded) this.#openOutbound();
    this.#events.admitted();
    return null;
  }

  #answer(type: typeof FRAME.RESPONSE | typeof FRAME.INFORMATIONAL, payload: Buffer): ProtocolViolation | null {
    const answer = decodeAnswerHead(type, payload);
    if (typeof answer === 'string') return violation(`${frameName(type)}: ${answer}`);
    if (type === FRAME.INFORMATIONAL) {
      this.#events.informational(answer.status, answer.headers);
      return null;
    }
    if (answer.status === 101 && this.request.upgrade === null) return violation('RESPONSE: 101 without an upgrade');
    this.#phase = 'answered';
    this.#upgraded = answer.status === 101;
    if (this.#upgraded) this.#openOutbound();
    this.#openInbound();
    this.#events.head(answer.status, answer.headers);
    return null;
  }

  #data(chunk: Buffer): ProtocolViolation | null {
    if (this.#inbound === null || this.#inbound.hasEnd) return this.#unexpected(FRAME.DATA);
    const taken = this.#inbound.receive(chunk);
    if (taken === 'overrun') return violation('DATA beyond the window');
    if (taken === 'full') {
      this.#abort('failed');
      const detail = 'slow clients hold too many bytes (interlink.maxHeldBytes)';
      this.#events.failed({ code: 'OVERLOADED', executed: 'unknown', detail });
    }
    return null;
  }

  /** The answer is complete, and with it the stream: what the client did not take yet needs no connection any more. */
  #end(payload: Buffer): ProtocolViolation | null {
    const trailers = decodeEnd(payload);
    if (typeof trailers === 'string') return violation(`END: ${trailers}`);
    const inbound = this.#inbound;
    if (inbound === null || inbound.hasEnd) return this.#unexpected(FRAME.END);
    if (!this.#upgraded || this.#outboundEnded) this.#release('ended', 0);
    inbound.finish(trailers);
    return null;
  }

  #refused(payload: Buffer): ProtocolViolation | null {
    const refusal = decodeRefusal(payload);
    if (typeof refusal === 'string') return violation(`REFUSED: ${refusal}`);
    this.#release('refused', 0);
    this.#events.refused(refusal);
    return null;
  }

  #failed(payload: Buffer): ProtocolViolation | null {
    const failure = decodeFailure(payload);
    if (typeof failure === 'string') return violation(`FAILED: ${failure}`);
    const isAnswered = this.#inbound?.hasEnd ?? false;
    this.#release('failed', 0);
    if (isAnswered) return null;
    this.#inbound?.close();
    this.#events.failed(failure);
    return null;
  }

  #openInbound(): void {
    const host = this.#host;
    if (host === null) return;
    this.#inbound = new InboundBody(host.limits.windowBytes, host.held, {
      data: (chunk) => this.#events.data(chunk),
      end: (trailers) => this.#events.end(trailers),
      grant: (bytes) => host.outbox.send(encodeWindow(this.#id, bytes)),
    });
  }

  #openOutbound(): void {
    const host = this.#host;
    if (host === null) return;
    this.#outboundEnded = false;
    this.#outbound = new OutboundBody(host.outbox, this.#id, host.creditBytes, host.limits, {
      drain: () => this.#events.drain(),
      ended: () => this.#outboundDone(),
    });
  }

  #outboundDone(): void {
    this.#outboundEnded = true;
    this.#progressMs = this.#host?.nowMs() ?? 0;
    if (this.#upgraded && this.#inbound?.hasEnd) this.#release('ended', 0);
  }

  #wait(): StreamWait | null {
    const sinceMs = this.#progressMs;
    if (this.#phase === 'sent') return { for: 'admission', sinceMs };
    if (this.#phase === 'admitted') {
      if (this.#outboundEnded) return { for: 'response head', sinceMs };
      return this.#outbound?.isWaiting ? { for: 'upload', sinceMs } : null;
    }
    if (this.#phase !== 'answered' || this.#upgraded || this.#inbound?.isPaused) return null;
    return { for: 'response body', sinceMs };
  }

  /** A request whose body is missing cannot have been executed: the guard's side aborts it at the cell. */
  #mayHaveRun(): boolean {
    if (this.#host === null || !this.#host.outbox.hasLeft(this.#headNumber)) return false;
    if (this.#phase === 'answered') return true;
    const { body, upgrade } = this.request;
    const needsBody = upgrade === null && body !== 'none' && body !== 0;
    return needsBody ? (this.#outbound?.isTouched ?? false) : true;
  }

  #lostFailure(detail: string): UpstreamFailure {
    return this.#mayHaveRun()
      ? { code: 'INTERLINK_LOST', executed: 'unknown', detail }
      : { code: 'INTERLINK_DOWN', executed: 'no', detail };
  }

  /** The guard's side may send a window more before it sees the CANCEL. */
  #abort(outcome: StreamOutcome): void {
    this.#host?.outbox.send(encodeCancel(this.#id));
    this.#release(outcome, this.#inbound?.allowedBytes ?? this.#host?.limits.windowBytes ?? 0);
    this.#inbound?.close();
  }

  #release(outcome: StreamOutcome, lateBytes: number): void {
    this.#phase = 'closed';
    this.#outbound?.close();
    this.#host?.release(this, outcome, lateBytes);
  }

  #unexpected(type: FrameType): ProtocolViolation {
    return violation(`${frameName(type)} on stream ${this.#id}, which is ${this.#phase}`);
  }
}
