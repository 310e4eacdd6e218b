import type { Answer } from '../message/answer.ts';
import type {
  HeaderList,
  Refusal,
  Upstream,
  UpstreamEvents,
  UpstreamFailure,
  UpstreamRequest,
  UpstreamStream,
} from '../upstream.ts';
import { decodeEnd, encodeAnswerHead, encodeFailure, encodeRefusal } from './answer-codec.ts';
import { encodeAdmitted, encodeWindow } from './control-codec.ts';
import type { FrameType } from './frame.ts';
import { FRAME, frameName } from './frame.ts';
import type { HeldBytes } from './inbound-body.ts';
import { InboundBody } from './inbound-body.ts';
import type { InterlinkLimits } from './interlink-limits.ts';
import type { StreamOutcome } from './interlink-observer.ts';
import { OutboundBody } from './outbound-body.ts';
import type { Outbox } from './outbox.ts';
import type { ProtocolViolation } from './protocol-violation.ts';
import { violation } from './protocol-violation.ts';

/** The connection that a stream is on, as far as the stream needs it. */
export interface GuardStreamHost {
  readonly outbox: Outbox;
  readonly limits: InterlinkLimits;
  readonly held: HeldBytes;
  /** The edge's window. */
  readonly creditBytes: number;
  /** The stream's number is free of it; the edge may have `lateBytes` on their way. Called once, unless the connection was lost. */
  release(id: number, outcome: StreamOutcome, lateBytes: number): void;
}

type Phase = 'new' | 'admitted' | 'answered' | 'closed';

/** One request on the guard's side: what the guard and the cell say becomes frames, what the edge sends goes to the cell. */
export class GuardStream implements UpstreamEvents {
  readonly #host: GuardStreamHost;
  readonly id: number;
  readonly #request: UpstreamRequest;
  readonly #outbound: OutboundBody;
  #stream: UpstreamStream | null = null;
  #phase: Phase = 'new';
  #inbound: InboundBody | null = null;
  #upgraded = false;
  /** Bytes of body that the head still promises. */
  #promised: number;
  #isCellFull = false;

  constructor(host: GuardStreamHost, id: number, request: UpstreamRequest) {
    this.#host = host;
    this.id = id;
    this.#request = request;
    this.#promised = typeof request.body === 'number' ? request.body : Number.POSITIVE_INFINITY;
    this.#outbound = new OutboundBody(host.outbox, id, host.creditBytes, host.limits, {
      drain: () => this.#cellMayGoOn(),
      ended: () => this.#answerSent(),
    });
  }

  /** Hands the head to the guard; its answer may come before this returns. */
  open(upstream: Upstream): void {
    const stream = upstream.open(this.#request, this);
    this.#stream = stream;
    if (this.#phase === 'closed') stream.cancel();
    else if (this.#isCellFull) stream.pause();
  }

  admitted(): void {
    if (this.#phase !== 'new') return;
    this.#phase = 'admitted';
    if (this.#request.body !== 'none') this.#openInbound();
    this.#host.outbox.send(encodeAdmitted(this.id));
  }

  refused(refusal: Refusal): void {
    if (this.#phase === 'closed') return;
    if (this.#phase !== 'new') {
      this.failed({ code: 'INTERNAL', executed: 'unknown', detail: `refused (${refusal.code}) after it was admitted` });
      return;
    }
    this.#host.outbox.send(encodeRefusal(this.id, refusal));
    this.#release('refused');
  }

  /** One that cannot be sent is left out: an informational response is never needed for correctness. */
  informational(status: number, headers: HeaderList): void {
    if (this.#phase !== 'admitted') return;
    const frame = encodeAnswerHead(FRAME.INFORMATIONAL, this.id, { status, headers });
    if (typeof frame !== 'string') this.#host.outbox.send(frame);
  }

  head(status: number, headers: HeaderList, answer?: Answer): void {
    if (this.#phase !== 'admitted') return;
    const frame = encodeAnswerHead(FRAME.RESPONSE, this.id, { status, headers }, answer !== undefined);
    const isForbidden = status === 101 && this.#request.upgrade === null;
    if (typeof frame === 'string' || isForbidden) {
      const wrong = typeof frame === 'string' ? frame : '101 without an upgrade';
      this.#stop('BAD_RESPONSE', `the head of the cell's answer: ${wrong}`);
      return;
    }
    this.#phase = 'answered';
    this.#host.outbox.send(frame);
    if (status !== 101) return;
    this.#upgraded = true;
    this.#promised = Number.POSITIVE_INFINITY;
    this.#openInbound();
  }

  data(chunk: Uint8Array): void {
    if (this.#phase !== 'answered' || this.#outbound.write(chunk) || this.#isCellFull) return;
    this.#isCellFull = true;
    this.#stream?.pause();
  }

  end(trailers: HeaderList): void {
    if (this.#phase === 'answered') this.#outbound.end(trailers);
    else this.#stop('BAD_RESPONSE', 'the answer ended before its head');
  }

  failed(failure: UpstreamFailure): void {
    if (this.#phase === 'closed') return;
    this.#host.outbox.send(encodeFailure(this.id, failure));
    this.#release('failed');
  }

  drain(): void {
    this.#inbound?.resume();
  }

  /** The connection is gone, or the edge wants no answer: nothing more is sent, the cell's request is aborted. */
  abandon(): void {
    this.#phase = 'closed';
    this.#outbound.close();
    this.#inbound?.close();
    this.#stream?.cancel();
  }

  /** A frame of the edge about this stream, after its HEAD. */
  frame(type: FrameType, payload: Buffer): ProtocolViolation | null {
    switch (type) {
      case FRAME.DATA:
        return this.#received(payload);
      case FRAME.END:
        return this.#receivedEnd(payload);
      case FRAME.WINDOW:
        if (this.#phase !== 'answered') return this.#unexpected(type);
        return this.#outbound.grant(payload.readUInt32BE(0)) ? null : violation('WINDOW beyond what a window can be');
      case FRAME.CANCEL:
        this.abandon();
        this.#host.release(this.id, 'cancelled', 0);
        return null;
      default:
        return this.#unexpected(type);
    }
  }

  /** A length that the edge promised is the framing of the cell's request: not one byte more may follow. */
  #received(chunk: Buffer): ProtocolViolation | null {
    if (this.#inbound === null || this.#inbound.hasEnd) return this.#unexpected(FRAME.DATA);
    this.#promised -= chunk.length;
    if (this.#promised < 0) {
      this.#stop('BAD_FRAMING', 'the edge sent more than the content-length of the request');
      return null;
    }
    const taken = this.#inbound.receive(chunk);
    if (taken === 'overrun') return violation('DATA beyond the window');
    if (taken === 'full') this.#stop('OVERLOADED', 'slow cells hold too many bytes (interlink.maxHeldBytes)');
    return null;
  }

  #receivedEnd(payload: Buffer): ProtocolViolation | null {
    if (this.#inbound === null || this.#inbound.hasEnd) return this.#unexpected(FRAME.END);
    const trailers = decodeEnd(payload);
    if (typeof trailers === 'string') return violation(`END: ${trailers}`);
    if (Number.isFinite(this.#promised) && this.#promised !== 0) {
      this.#stop('BAD_FRAMING', `the edge sent ${this.#promised} bytes less than the content-length of the request`);
      return null;
    }
    this.#inbound.finish(trailers);
    if (this.#outbound.isEnded) this.#answerSent();
    return null;
  }

  #openInbound(): void {
    const { limits, held, outbox } = this.#host;
    const inbound = new InboundBody(limits.windowBytes, held, {
      data: (chunk) => {
        if (this.#stream?.write(chunk) === false) inbound.pause();
      },
      end: (trailers) => this.#stream?.end(trailers),
      grant: (bytes) => outbox.send(encodeWindow(this.id, bytes)),
    });
    this.#inbound = inbound;
  }

  #cellMayGoOn(): void {
    if (!this.#isCellFull) return;
    this.#isCellFull = false;
    this.#stream?.resume();
  }

  /** An upgraded stream lives until both directions ended; any other ends with its answer, whatever is left of the request. */
  #answerSent(): void {
    if (this.#upgraded && !this.#inbound?.hasEnd) return;
    this.#release('ended');
  }

  #stop(code: UpstreamFailure['code'], detail: string): void {
    if (this.#phase === 'closed') return;
    this.#host.outbox.send(encodeFailure(this.id, { code, executed: 'unknown', detail }));
    this.#release('failed');
    this.#stream?.cancel();
  }

  #release(outcome: StreamOutcome): void {
    const isUploading = this.#inbound !== null && !this.#inbound.hasEnd;
    const lateBytes = isUploading ? (this.#inbound?.allowedBytes ?? 0) : 0;
    this.#phase = 'closed';
    this.#outbound.close();
    this.#inbound?.close();
    this.#host.release(this.id, outcome, lateBytes);
    if (outcome === 'ended' && isUploading) this.#stream?.cancel();
  }

  #unexpected(type: FrameType): ProtocolViolation {
    return violation(`${frameName(type)} on stream ${this.id}, which is ${this.#phase}`);
  }
}
