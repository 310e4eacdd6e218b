import type { Clock, Timer } from '../../core/clock.ts';
import type { CellId } from '../../core/ids.ts';
import type { Upstream } from '../upstream.ts';
import type { ByteConnection } from './byte-connection.ts';
import { GuardSession } from './guard-session.ts';
import type { OwnNode } from './hello.ts';
import type { InterlinkLimits } from './interlink-limits.ts';
import type { InterlinkObserver } from './interlink-observer.ts';
import type { PeerIdentity } from './peer-identity.ts';

export interface InterlinkServerSetting {
  readonly own: OwnNode;
  /** The guard in front of this data center's cells. */
  readonly upstream: Upstream;
  readonly clock: Clock;
  readonly limits: InterlinkLimits;
  readonly observer: InterlinkObserver;
}

const LEAVING = 'this gateway is shutting down';

/** The guard's side of the interlink: takes connections of edges whose certificates were verified. */
export class InterlinkServer {
  readonly #setting: InterlinkServerSetting;
  readonly #sessions = new Set<GuardSession>();
  #unhealthyCells: readonly CellId[] = [];
  #drainTimer: Timer | null = null;
  #drained = Promise.withResolvers<void>();

  constructor(setting: InterlinkServerSetting) {
    this.#setting = setting;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sessions.size;
  }

  /** Requests that are open. */
  get size(): number {
    let size = 0;
    for (const session of this.#sessions) size += session.size;
    return size;
  }

  /** Takes a connection; `proven` is who the peer is by its certificate. */
  accept(connection: ByteConnection, proven: PeerIdentity): void {
    const session = new GuardSession(connection, { ...this.#setting, proven }, this.#setting.upstream, {
      ready: () => {
        if (this.#drainTimer !== null) {
          session.leave(LEAVING);
          session.drain();
        }
        if (this.#unhealthyCells.length > 0) session.sendStatus(this.#unhealthyCells);
      },
      closed: () => {
        this.#sessions.delete(session);
        this.#endDrainIfDone();
      },
    });
    this.#sessions.add(session);
    session.start();
  }

  /** The cells of this data center that have no healthy instance: every edge is told, now and when it connects. */
  setUnhealthyCells(cells: readonly CellId[]): void {
    if (
      cells.length === this.#unhealthyCells.length &&
      cells.every((cell, index) => cell === this.#unhealthyCells[index])
    )
      return;
    this.#unhealthyCells = [...cells];
    for (const session of this.#sessions) session.sendStatus(cells);
  }

  /**
   * Asks all edges to leave, refuses new streams as not executed after `graceMs`, waits until the open ones ended, at most `limitMs`,
   * then closes what is left.
   */
  drain(limitMs: number, graceMs = 0): Promise<void> {
    if (this.#drainTimer !== null) return this.#drained.promise;
    const { clock } = this.#setting;
    this.#drainTimer = clock.setTimer(limitMs, () => this.close(`not drained within ${limitMs} ms`));
    for (const session of this.#sessions) session.leave(LEAVING);
    if (graceMs > 0) clock.setTimer(graceMs, () => this.#refuse());
    else this.#refuse();
    this.#endDrainIfDone();
    return this.#drained.promise;
  }

  #refuse(): void {
    for (const session of this.#sessions) session.drain();
  }

  /** Closes all connections now; open streams are lost and their requests at the cells aborted. */
  close(reason = 'this gateway is shutting down'): void {
    for (const session of [...this.#sessions]) session.close(reason);
  }

  #endDrainIfDone(): void {
    if (this.#drainTimer === null || this.#sessions.size > 0) return;
    this.#drainTimer.cancel();
    this.#drained.resolve();
  }
}
