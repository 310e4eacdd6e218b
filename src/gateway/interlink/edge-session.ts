import type { Timer } from '../../core/clock.ts';
import type { CellId } from '../../core/ids.ts';
import type { ByteConnection } from './byte-connection.ts';
import { decodeStatus } from './control-codec.ts';
import type { EdgeStream, EdgeStreamHost } from './edge-stream.ts';
import type { FrameType } from './frame.ts';
import { FRAME, frameName } from './frame.ts';
import type { Hello } from './hello.ts';
import type { HeldBytes } from './inbound-body.ts';
import type { InterlinkLimits } from './interlink-limits.ts';
import type { StreamOutcome } from './interlink-observer.ts';
import type { SessionRole, SessionSetting } from './interlink-session.ts';
import { InterlinkSession } from './interlink-session.ts';
import { LateFrames } from './late-frames.ts';
import type { Outbox } from './outbox.ts';
import type { CloseCode, ProtocolViolation } from './protocol-violation.ts';
import { violation } from './protocol-violation.ts';
import { StreamTable } from './stream-table.ts';
import { windowCost } from './window-cost.ts';

/** What the owner of an edge's connection hears. */
export interface EdgeSessionEvents {
  ready(): void;
  /**
   * The guard's side will not take new streams for long, or (`isUsable` false) there can be none: another connection is needed. Then
   * `retire` is to be called.
   */
  leaving(reason: string, isUsable: boolean): void;
  /** The cells of the guard's data center that have no healthy instance. */
  cells(ids: readonly CellId[]): void;
  closed(code: CloseCode | 'LOST', detail: string): void;
}

/** The edge's end of one connection: opens streams. */
export class EdgeSession implements SessionRole, EdgeStreamHost {
  readonly side = 'edge';
  readonly outbox: Outbox;
  readonly limits: InterlinkLimits;
  readonly held: HeldBytes;
  readonly #session: InterlinkSession;
  readonly #events: EdgeSessionEvents;
  readonly #streams = new StreamTable<EdgeStream>();
  readonly #late = new LateFrames();
  #lastStream = 0;
  #isLeaving = false;
  #retired = false;
  #sweepTimer: Timer | null = null;

  constructor(connection: ByteConnection, setting: SessionSetting, events: EdgeSessionEvents) {
    this.limits = setting.limits;
    this.held = { bytes: 0, limit: setting.limits.maxHeldBytes };
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

  get isFull(): boolean {
    return this.#streams.size >= Math.min(this.limits.maxStreams, this.#session.peer?.maxStreams ?? 0);
  }

  start(): void {
    this.#session.start();
  }

  /** Sends the stream's HEAD. Only after `ready` and before `retire` or `closed`, while not full. */
  open(stream: EdgeStream): void {
    const problem = stream.attach(this, this.#lastStream + 1);
    if (problem !== null) {
      stream.reject({ ...problem, executed: 'no' });
      return;
    }
    this.#lastStream += 1;
    this.#streams.add(stream);
    this.#session.setting.observer.streamOpened(this.#session.label);
    this.#armSweep();
    if (this.#lastStream < this.limits.lastStream) return;
    this.#isLeaving = true;
    this.#events.leaving('the stream numbers of this connection are used up', false);
  }

  /** Ends the session now; open streams are lost. */
  close(reason: string): void {
    this.#session.end('FINISHED', reason);
  }

  nowMs(): number {
    return this.#session.setting.clock.monotonicMs();
  }

  release(stream: EdgeStream, outcome: StreamOutcome, lateBytes: number): void {
    if (!this.#streams.delete(stream.id)) return;
    this.#late.allow(lateBytes);
    this.#session.setting.observer.streamClosed(this.#session.label, outcome);
    this.#endIfDone();
  }

  ready(_peer: Hello): void {
    this.#events.ready();
  }

  draining(reason: string): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#events.leaving(reason, true);
  }

  /** No new streams here any more; those that are open go on, then the session ends by itself. */
  retire(): void {
    this.#retired = true;
    this.#endIfDone();
  }

  frame(type: FrameType, id: number, payload: Buffer): ProtocolViolation | null {
    if (type === FRAME.STATUS) return this.#status(payload);
    const stream = this.#streams.get(id);
    if (stream !== undefined) return stream.frame(type, payload);
    if (id > this.#lastStream) return violation(`${frameName(type)} on stream ${id}, which was never opened`);
    if (type === FRAME.DATA && !this.#late.take(windowCost(payload.length))) return violation('DATA on closed streams');
    return null;
  }

  closed(code: CloseCode | 'LOST', detail: string): void {
    this.#sweepTimer?.cancel();
    const streams = this.#streams.toArray();
    this.#streams.clear();
    // First: a stream that is told of the loss may be sent again at once, and must find another connection, or none.
    this.#session.isolate(() => this.#events.closed(code, detail));
    for (const stream of streams) {
      this.#session.setting.observer.streamClosed(this.#session.label, 'lost');
      this.#session.isolate(() => stream.lost(detail));
    }
  }

  #status(payload: Buffer): ProtocolViolation | null {
    const cells = decodeStatus(payload);
    if (cells === null) return violation('STATUS: the text is malformed');
    this.#events.cells(cells);
    return null;
  }

  /** Ended in a turn of its own: the stream that was the last is still being told. */
  #endIfDone(): void {
    if (!this.#retired || this.#streams.size > 0) return;
    this.#session.defer(() => this.#session.end('FINISHED', 'retired, and no stream is left'));
  }

  #sweep(): void {
    const nowMs = this.nowMs();
    try {
      for (const stream of this.#streams.toArray()) stream.sweep(nowMs);
    } catch (error) {
      this.#session.fail(error);
    }
  }

  #armSweep(): void {
    if (this.#sweepTimer !== null || this.#session.isOver) return;
    this.#sweepTimer = this.#session.setting.clock.setTimer(this.limits.sweepMs, () => {
      this.#sweepTimer = null;
      this.#sweep();
      if (this.#streams.size > 0) this.#armSweep();
    });
  }
}
