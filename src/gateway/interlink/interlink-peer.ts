import type { Timer } from '../../core/clock.ts';
import type { CellId, MonotonicMs } from '../../core/ids.ts';
import type { Upstream, UpstreamEvents, UpstreamRequest, UpstreamStream } from '../upstream.ts';
import type { EdgeSession } from './edge-session.ts';
import { EdgeStream } from './edge-stream.ts';
import type { LinkSetting } from './interlink-link.ts';
import { InterlinkLink } from './interlink-link.ts';
import type { InterlinkTarget } from './interlink-target.ts';

/** `connecting`: the first attempt, or the first after a loss; `down`: attempts fail, one after the other. */
export interface PeerState {
  readonly state: 'connecting' | 'ready' | 'down' | 'closed';
  readonly sinceMs: MonotonicMs;
  readonly lastError: string | null;
}

export interface PeerListener {
  stateChanged(state: PeerState): void;
  /** Cells of the peer's data center without a healthy instance: they count as weight 0. Empty while not ready. */
  unhealthyCellsChanged(cells: ReadonlySet<CellId>): void;
}

const NO_CELLS: ReadonlySet<CellId> = new Set();

/** One gateway of another data center, as an upstream. Keeps its connections; never sends a request twice. */
export class InterlinkPeer implements Upstream {
  readonly target: InterlinkTarget;
  readonly #setting: LinkSetting;
  readonly #listener: PeerListener;
  readonly #links: readonly InterlinkLink[];
  readonly #waiting = new Map<EdgeStream, Timer>();
  #state: PeerState;
  #unhealthyCells = NO_CELLS;

  constructor(setting: LinkSetting, listener: PeerListener) {
    this.target = setting.target;
    this.#setting = setting;
    this.#listener = listener;
    this.#state = { state: 'connecting', sinceMs: setting.clock.monotonicMs(), lastError: null };
    const count = Math.max(1, setting.limits.connections);
    this.#links = Array.from({ length: count }, () => this.#newLink());
  }

  get state(): PeerState {
    return this.#state;
  }

  get unhealthyCells(): ReadonlySet<CellId> {
    return this.#unhealthyCells;
  }

  /** Requests that are open or wait for a connection. */
  get size(): number {
    return this.#links.reduce((sum, link) => sum + link.size, this.#waiting.size);
  }

  start(): void {
    for (const link of this.#links) link.start();
  }

  /** Ends all connections for good; open streams are lost, waiting ones fail as not executed. */
  close(): void {
    if (this.#state.state === 'closed') return;
    this.#setState('closed', 'closed');
    for (const link of this.#links) link.close();
    this.#failWaiting('the edge closes');
  }

  open(request: UpstreamRequest, events: UpstreamEvents): UpstreamStream {
    const stream = new EdgeStream(request, events);
    const session = this.#leastLoaded();
    if (session !== null) this.#openOn(session, stream);
    else if (this.#state.state === 'connecting') this.#wait(stream);
    else stream.reject({ code: 'INTERLINK_DOWN', executed: 'no', detail: this.#downDetail() });
    return stream;
  }

  #newLink(): InterlinkLink {
    return new InterlinkLink(this.#setting, {
      changed: () => this.#changed(),
      cells: (ids) => this.#setUnhealthyCells(new Set(ids)),
    });
  }

  #leastLoaded(): EdgeSession | null {
    let best: EdgeSession | null = null;
    for (const { ready } of this.#links) if (ready !== null && (best === null || ready.size < best.size)) best = ready;
    return best;
  }

  #openOn(session: EdgeSession, stream: EdgeStream): void {
    if (!session.isFull) {
      session.open(stream);
      return;
    }
    const detail = `${session.size} streams are open to ${this.target.identity.node} (interlink.maxStreams)`;
    stream.reject({ code: 'OVERLOADED', executed: 'no', detail });
  }

  #wait(stream: EdgeStream): void {
    const { clock, limits } = this.#setting;
    if (this.#waiting.size >= limits.maxWaiting) {
      const detail = `${limits.maxWaiting} requests wait for a connection (interlink.maxWaiting)`;
      stream.reject({ code: 'OVERLOADED', executed: 'no', detail });
      return;
    }
    const timer = clock.setTimer(stream.request.limits.connectMs, () => {
      this.#waiting.delete(stream);
      stream.reject({ code: 'INTERLINK_DOWN', executed: 'no', detail: this.#downDetail() });
    });
    this.#waiting.set(stream, timer);
  }

  #changed(): void {
    if (this.#state.state === 'closed') return;
    const isReady = this.#links.some((link) => link.ready !== null);
    const isFailing = this.#links.every((link) => link.isFailing);
    const lastError = this.#links.find((link) => link.lastError !== null)?.lastError ?? null;
    this.#setState(isReady ? 'ready' : isFailing ? 'down' : 'connecting', lastError);
    if (!isReady) this.#setUnhealthyCells(NO_CELLS);
    if (isReady) this.#openWaiting();
    else if (isFailing) this.#failWaiting(this.#downDetail());
  }

  #openWaiting(): void {
    for (const stream of this.#takeWaiting()) {
      const session = this.#leastLoaded();
      if (session !== null) this.#openOn(session, stream);
      else stream.reject({ code: 'INTERLINK_DOWN', executed: 'no', detail: this.#downDetail() });
    }
  }

  #failWaiting(detail: string): void {
    for (const stream of this.#takeWaiting()) stream.reject({ code: 'INTERLINK_DOWN', executed: 'no', detail });
  }

  /** The waiting streams that still want an answer, none of them waiting any more. */
  #takeWaiting(): EdgeStream[] {
    for (const timer of this.#waiting.values()) timer.cancel();
    const streams = [...this.#waiting.keys()].filter((stream) => !stream.isClosed);
    this.#waiting.clear();
    return streams;
  }

  #downDetail(): string {
    const { identity, host, port } = this.target;
    return `${identity.node} in ${identity.dataCenter} at ${host}:${port}: ${this.#state.lastError ?? 'not connected yet'}`;
  }

  #setState(state: PeerState['state'], lastError: string | null): void {
    if (this.#state.state === state && this.#state.lastError === lastError) return;
    const sinceMs = this.#state.state === state ? this.#state.sinceMs : this.#setting.clock.monotonicMs();
    this.#state = { state, sinceMs, lastError };
    this.#listener.stateChanged(this.#state);
  }

  #setUnhealthyCells(cells: ReadonlySet<CellId>): void {
    if (cells.size === 0 && this.#unhealthyCells.size === 0) return;
    this.#unhealthyCells = cells;
    this.#listener.unhealthyCellsChanged(cells);
  }
}
