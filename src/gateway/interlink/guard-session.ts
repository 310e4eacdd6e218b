import type { CellId, Epoch } from '../../core/ids.ts';
import type { ErrorCode } from '../../errors.ts';
import type { Upstream } from '../upstream.ts';
import { encodeRefusal } from './answer-codec.ts';
import type { ByteConnection } from './byte-connection.ts';
import { encodeStatus } from './control-codec.ts';
import type { FrameType } from './frame.ts';
import { FRAME, frameName } from './frame.ts';
import type { GuardStreamHost } from './guard-stream.ts';
import { GuardStream } from './guard-stream.ts';
import { decodeHead } from './head-codec.ts';
import type { HeldBytes } from './inbound-body.ts';
import type { InterlinkLimits } from './interlink-limits.ts';
import type { StreamOutcome } from './interlink-observer.ts';
import type { SessionRole, SessionSetting } from './interlink-session.ts';
import { InterlinkSession } from './interlink-session.ts';
import { LateFrames } from './late-frames.ts';
import type { Outbox } from './outbox.ts';
import type { ProtocolViolation } from './protocol-violation.ts';
import { violation } from './protocol-violation.ts';
import { StreamTable } from './stream-table.ts';
import { windowCost } from './window-cost.ts';

export interface GuardSessionEvents {
  /** HELLO was accepted: STATUS is due. */
  ready(): void;
  closed(): void;
}

/** The guard's end of one connection: hands each HEAD to the guard, carries its answer back. */
export class GuardSession implements SessionRole, GuardStreamHost {
  readonly side = 'guard';
  readonly outbox: Outbox;
  readonly limits: InterlinkLimits;
  readonly held: HeldBytes;
  readonly #session: InterlinkSession;
  readonly #upstream: Upstream;
  readonly #events: GuardSessionEvents;
  readonly #streams = new StreamTable<GuardStream>();
  readonly #late = new LateFrames();
  #lastStream = 0;
  #draining = false;

  constructor(connection: ByteConnection, setting: SessionSetting, upstream: Upstream, events: GuardSessionEvents) {
    this.limits = setting.limits;
    this.held = { bytes: 0, limit: setting.limits.maxHeldBytes };
    this.#upstream = upstream;
    this.#events = events;
    this.#session = new InterlinkSession(connection, setting, this);
    this.outbox = this.#session.outbox;
  }

  get creditBytes(): number {
    return this.#session.peer?.windowBytes ?? 0;
  }

  /** Streams that are open. */
  get size(): number {
    return this.#streams.size;
  }

  start(): void {
    this.#session.start();
  }

  /** Tells the edge which cells have no healthy instance; nothing before HELLO was accepted. */
  sendStatus(cells: readonly CellId[]): void {
    if (this.#session.peer !== null) this.outbox.send(encodeStatus(cells));
  }

  /** The edge should go to another connection; until `drain` it may open streams here. Nothing is said before HELLO. */
  leave(reason: string): void {
    if (this.#session.peer !== null) this.#session.goAway(reason);
  }

  /** New streams are refused from now on; the edge closes the connection when the open ones ended. `leave` comes before. */
  drain(): void {
    this.#draining = true;
  }

  close(reason: string): void {
    this.#session.end('FINISHED', reason);
  }

  release(id: number, outcome: StreamOutcome, lateBytes: number): void {
    if (!this.#streams.delete(id)) return;
    this.#late.allow(lateBytes);
    this.#session.setting.observer.streamClosed(this.#session.label, outcome);
  }

  ready(): void {
    this.#events.ready();
  }

  /** An edge that opens no more streams needs nothing from us. */
  draining(): void {}

  frame(type: FrameType, id: number, payload: Buffer): ProtocolViolation | null {
    if (type === FRAME.HEAD) return this.#head(id, payload);
    const stream = this.#streams.get(id);
    if (stream !== undefined) return stream.frame(type, payload);
    if (id > this.#lastStream) return violation(`${frameName(type)} on stream ${id}, which was never opened`);
    if (type === FRAME.DATA && !this.#late.take(windowCost(payload.length))) return violation('DATA on closed streams');
    return null;
  }

  closed(): void {
    const streams = this.#streams.toArray();
    this.#streams.clear();
    for (const stream of streams) {
      this.#session.setting.observer.streamClosed(this.#session.label, 'lost');
      this.#session.isolate(() => stream.abandon());
    }
    this.#events.closed();
  }

  #head(id: number, payload: Buffer): ProtocolViolation | null {
    if (id <= this.#lastStream) return violation(`HEAD on stream ${id}, the last one was ${this.#lastStream}`);
    this.#lastStream = id;
    const request = decodeHead(payload);
    if (typeof request === 'string') return violation(`HEAD: ${request}`);
    if (this.#draining) return this.#refuse(id, 'DRAINING');
    if (this.#streams.size >= this.limits.maxStreams) return this.#refuse(id, 'OVERLOADED');
    const stream = new GuardStream(this, id, request);
    this.#streams.add(stream);
    this.#session.setting.observer.streamOpened(this.#session.label);
    stream.open(this.#upstream);
    return null;
  }

  /** The head was read and nothing else was done: the edge may send the request elsewhere. */
  #refuse(id: number, code: ErrorCode): null {
    this.outbox.send(encodeRefusal(id, { code, epoch: 0 as Epoch, owner: null }));
    return null;
  }
}
