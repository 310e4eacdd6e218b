import type { Clock, Random, Timer } from '../../core/clock.ts';
import type { CellId } from '../../core/ids.ts';
import { backoffMs } from './backoff.ts';
import type { ByteConnection } from './byte-connection.ts';
import { EdgeSession } from './edge-session.ts';
import type { OwnNode } from './hello.ts';
import type { InterlinkLimits } from './interlink-limits.ts';
import type { InterlinkObserver } from './interlink-observer.ts';
import type { DialAnswer, Dialer, InterlinkTarget } from './interlink-target.ts';
import type { PeerIdentity } from './peer-identity.ts';
import { identityMismatch } from './peer-identity.ts';

/** What a link needs from outside. */
export interface LinkSetting {
  readonly own: OwnNode;
  readonly target: InterlinkTarget;
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: InterlinkLimits;
  readonly observer: InterlinkObserver;
}

export interface LinkEvents {
  /** `ready`, `isFailing` or `lastError` changed. */
  changed(): void;
  cells(ids: readonly CellId[]): void;
}

/** One connection to one gateway that is made again whenever it ends, until `close`. */
export class InterlinkLink {
  readonly #setting: LinkSetting;
  readonly #events: LinkEvents;
  /** Retired sessions whose streams go on. */
  readonly #retired = new Set<EdgeSession>();
  #session: EdgeSession | null = null;
  /**
   * One that was asked to leave, until there is another one or there can be none: a gateway that replaces its workers takes streams
   * on the old connection for a while, and an edge without a connection would refuse requests meanwhile.
   */
  #leaving: EdgeSession | null = null;
  #isReady = false;
  #readyMs = 0;
  #isFailing = false;
  /** Attempts that failed and connections that did not last, since one that did. */
  #failures = 0;
  #lastError: string | null = null;
  #dial: { cancel(): void } | null = null;
  #timer: Timer | null = null;
  #closed = false;

  constructor(setting: LinkSetting, events: LinkEvents) {
    this.#setting = setting;
    this.#events = events;
  }

  /** The session that takes new streams, or null. */
  get ready(): EdgeSession | null {
    return this.#isReady ? this.#session : this.#leaving;
  }

  /** Whether the last attempt to connect failed: a request does not wait for the next one. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  get lastError(): string | null {
    return this.#lastError;
  }

  /** Streams that are open, on retired connections too. */
  get size(): number {
    let size = this.#session?.size ?? 0;
    for (const session of this.#retired) size += session.size;
    return size;
  }

  start(): void {
    const { dialer, target, clock, limits } = this.#setting;
    if (this.#closed) return;
    this.#timer = clock.setTimer(limits.dialMs, () => {
      this.#dial?.cancel();
      this.#dial = null;
      this.#failed(`no connection within ${limits.dialMs} ms (interlink.dialMs)`);
    });
    this.#dial = dialer.dial(target, (answer) => {
      this.#timer?.cancel();
      this.#dial = null;
      this.#answered(answer);
    });
  }

  /** Ends the link for good; open streams are lost. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#dial?.cancel();
    for (const session of [...this.#retired]) session.close('the edge closes');
    this.#session?.close('the edge closes');
  }

  #answered(answer: DialAnswer): void {
    if ('error' in answer) {
      this.#rejected(answer.error);
      return;
    }
    const mismatch = identityMismatch(this.#setting.target.identity, answer.proven);
    if (mismatch === null) {
      this.#begin(answer.connection, answer.proven);
      return;
    }
    answer.connection.start({ data: () => {}, drain: () => {}, closed: () => {} });
    answer.connection.close();
    this.#rejected(`reached the wrong gateway: ${mismatch}`);
  }

  #begin(connection: ByteConnection, proven: PeerIdentity): void {
    const session = new EdgeSession(
      connection,
      { ...this.#setting, proven },
      {
        ready: () => {
          this.#isReady = true;
          this.#isFailing = false;
          this.#readyMs = this.#setting.clock.monotonicMs();
          this.#letGo();
          this.#events.changed();
        },
        leaving: (reason, isUsable) => this.#retire(session, reason, isUsable),
        cells: (ids) => {
          if (this.ready === session || this.#session === session) this.#events.cells(ids);
        },
        closed: (code, detail) => this.#ended(session, `${code}: ${detail}`),
      },
    );
    this.#session = session;
    session.start();
  }

  #retire(session: EdgeSession, reason: string, isUsable: boolean): void {
    if (this.#leaving === session && !isUsable) this.#letGo();
    if (this.#session !== session) return;
    this.#retired.add(session);
    if (isUsable) this.#leaving = session;
    this.#again(`retired: ${reason}`);
    if (!isUsable) session.retire();
  }

  #letGo(): void {
    const leaving = this.#leaving;
    this.#leaving = null;
    leaving?.retire();
  }

  #ended(session: EdgeSession, reason: string): void {
    if (this.#leaving === session) {
      this.#leaving = null;
      this.#events.changed();
    }
    if (this.#retired.delete(session) || this.#session !== session) return;
    if (this.#isReady) this.#again(reason);
    else this.#failed(reason);
  }

  /** A connection that lasted is made again at once; one that did not must not become a storm of handshakes. */
  #again(reason: string): void {
    const { clock, limits } = this.#setting;
    const hasLasted = clock.monotonicMs() - this.#readyMs >= limits.backoffMaxMs;
    this.#session = null;
    this.#isReady = false;
    this.#lastError = reason;
    if (hasLasted) this.#failures = 0;
    if (hasLasted) this.start();
    else this.#startLater();
    this.#events.changed();
  }

  #rejected(error: string): void {
    this.#setting.observer.rejected('edge', error);
    this.#failed(error);
  }

  #failed(error: string): void {
    this.#session = null;
    this.#lastError = error;
    this.#isFailing = true;
    this.#letGo();
    this.#startLater();
    this.#events.changed();
  }

  #startLater(): void {
    const { clock, limits, random } = this.#setting;
    const waitMs = backoffMs(this.#failures, limits, random);
    this.#failures += 1;
    if (!this.#closed) this.#timer = clock.setTimer(waitMs, () => this.start());
  }
}
