import type { Clock, Timer } from '../../core/clock.ts';
import type { ByteConnection } from './byte-connection.ts';
import { decodeGoAway, encodeGoAway, encodePing, encodePong, roundTripOf } from './control-codec.ts';
import type { FrameType, Side } from './frame.ts';
import { FRAME, frameName } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import type { Hello, OwnNode } from './hello.ts';
import { checkHello, decodeHello, encodeHello, helloOf } from './hello.ts';
import type { InterlinkLimits } from './interlink-limits.ts';
import type { InterlinkObserver, LinkLabel } from './interlink-observer.ts';
import { Liveness } from './liveness.ts';
import { Outbox } from './outbox.ts';
import type { PeerIdentity } from './peer-identity.ts';
import type { CloseCode, ProtocolViolation } from './protocol-violation.ts';
import { violation } from './protocol-violation.ts';

/** What a session needs from outside; no socket, no clock of its own, so the simulator can run it. */
export interface SessionSetting {
  readonly own: OwnNode;
  /** Who the peer is by its certificate. */
  readonly proven: PeerIdentity;
  readonly clock: Clock;
  readonly limits: InterlinkLimits;
  readonly observer: InterlinkObserver;
}

/** The half of the protocol that differs between edge and guard. */
export interface SessionRole {
  readonly side: Side;
  ready(peer: Hello): void;
  /** A frame about a stream, or STATUS. */
  frame(type: FrameType, stream: number, payload: Buffer): ProtocolViolation | null;
  /** The peer takes no new streams. */
  draining(reason: string): void;
  /** Once, last. */
  closed(code: CloseCode | 'LOST', detail: string): void;
}

/** One connection of the interlink: HELLO, liveness, GOAWAY and errors; streams are the role's. */
export class InterlinkSession {
  readonly outbox: Outbox;
  readonly setting: SessionSetting;
  readonly label: LinkLabel;
  readonly #role: SessionRole;
  readonly #connection: ByteConnection;
  readonly #reader: FrameReader;
  readonly #liveness: Liveness;
  #helloTimer: Timer | null = null;
  #peer: Hello | null = null;
  #over = false;

  constructor(connection: ByteConnection, setting: SessionSetting, role: SessionRole) {
    const { limits, observer } = setting;
    this.setting = setting;
    this.#role = role;
    this.#connection = connection;
    this.label = { role: role.side, peer: setting.proven.node };
    this.outbox = new Outbox(connection, limits, {
      overflow: () =>
        this.end('OVERLOADED', `the peer does not read: over interlink.maxQueuedBytes (${limits.maxQueuedBytes})`),
      sent: (bytes) => observer.sent(this.label, bytes),
      failed: (error) => this.fail(error),
    });
    const from = role.side === 'edge' ? 'guard' : 'edge';
    this.#reader = new FrameReader(from, (type, stream, payload) => this.#take(type, stream, payload));
    this.#liveness = new Liveness(setting.clock, limits, {
      ping: (nowMs) => this.outbox.send(encodePing(nowMs)),
      dead: (silentMs) => this.end('TIMEOUT', `no byte from ${this.label.peer} for ${Math.round(silentMs)} ms`),
    });
  }

  /** The peer's HELLO; null before it was accepted. */
  get peer(): Hello | null {
    return this.#peer;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /**
   * Begins; `ready` or `closed` of the role follows. The edge says HELLO first, the guard only after it accepted the
   * edge's: an edge that is ready was not refused, so no request is spent on a guard that does not want it.
   */
  start(): void {
    const { clock, limits } = this.setting;
    this.#connection.start({
      data: (bytes) => this.#data(bytes),
      drain: () => this.outbox.drained(),
      closed: (reason) => this.#finish('LOST', reason),
    });
    if (this.#role.side === 'edge') this.#sendHello();
    this.#helloTimer = clock.setTimer(limits.helloMs, () =>
      this.end('TIMEOUT', `no HELLO within ${limits.helloMs} ms (interlink.helloMs)`),
    );
  }

  /** No new streams from now on; those that are open go on. */
  goAway(reason: string): void {
    if (!this.#over) this.outbox.send(encodeGoAway('DRAINING', reason));
  }

  /** Says why, and closes; what is open is lost. Harmless when over. */
  end(code: CloseCode, detail: string): void {
    if (this.#over) return;
    this.outbox.closeWith(encodeGoAway(code, detail));
    this.#finish(code, detail);
  }

  /** Runs after the other events of this turn. */
  defer(run: () => void): void {
    this.#connection.defer(run);
  }

  /** Runs one of many: a bug in it is counted, and the others run all the same. */
  isolate(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.setting.observer.failed(this.label, error);
    }
  }

  /** A bug on our side must not take the process down, and cannot be told apart from one that spoiled the session. */
  fail(error: unknown): void {
    this.setting.observer.failed(this.label, error);
    this.end('INTERNAL', 'a bug on our side');
  }

  #finish(code: CloseCode | 'LOST', detail: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#helloTimer?.cancel();
    this.#liveness.stop();
    this.outbox.close();
    this.#connection.close();
    this.setting.observer.closed(this.label, code, detail);
    this.#role.closed(code, detail);
  }

  #data(bytes: Buffer): void {
    if (this.#over) return;
    this.#liveness.heard();
    this.setting.observer.received(this.label, bytes.length);
    try {
      const wrong = this.#reader.push(bytes);
      if (wrong !== null) this.end(wrong.code, wrong.detail);
    } catch (error) {
      this.fail(error);
    }
  }

  #take(type: FrameType, stream: number, payload: Buffer): ProtocolViolation | null {
    if (this.#over) return null;
    if (type === FRAME.HELLO) return this.#hello(payload);
    if (type === FRAME.GOAWAY) return this.#goneAway(decodeGoAway(payload));
    if (this.#peer === null) return violation(`${frameName(type)} before HELLO`);
    if (type === FRAME.PING) this.outbox.send(encodePong(payload));
    else if (type === FRAME.PONG) return this.#pong(payload);
    else return this.#role.frame(type, stream, payload);
    return null;
  }

  #hello(payload: Buffer): ProtocolViolation | null {
    if (this.#peer !== null) return violation('a second HELLO');
    const peer = decodeHello(payload);
    if (typeof peer === 'string') return violation(`HELLO: ${peer}`);
    const wrong = checkHello(helloOf(this.setting.own, this.setting.limits), peer, this.setting.proven);
    if (wrong !== null) return wrong;
    if (this.#role.side === 'guard') this.#sendHello();
    this.#peer = peer;
    this.#helloTimer?.cancel();
    this.#liveness.start();
    this.setting.observer.opened(this.label);
    this.#role.ready(peer);
    return null;
  }

  #sendHello(): void {
    this.outbox.send(encodeHello(helloOf(this.setting.own, this.setting.limits)));
  }

  /** GOAWAY may come before HELLO: it says why there is none. */
  #goneAway({ code, detail }: ProtocolViolation): ProtocolViolation | null {
    if (code !== 'DRAINING') this.#finish(code, `the peer closed: ${detail}`);
    else if (this.#peer === null) return violation('GOAWAY with DRAINING before HELLO');
    else this.#role.draining(detail);
    return null;
  }

  #pong(payload: Buffer): ProtocolViolation | null {
    const ms = roundTripOf(payload, this.setting.clock.monotonicMs());
    if (Number.isNaN(ms)) return violation('PONG without our PING');
    this.setting.observer.roundTrip(this.label, ms);
    return null;
  }
}
