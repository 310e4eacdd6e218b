import type { Clock } from '../core/clock.ts';
import type { CellId, DataCenterId, NodeId, RealmId } from '../core/ids.ts';
import type { DataCenterHealth } from './cell-directory.ts';
import type { LinkSetting } from './interlink/interlink-link.ts';
import { InterlinkPeer, type PeerState } from './interlink/interlink-peer.ts';
import { type PeerAddress, parseInterlinkAddress } from './peer-directory.ts';
import { CLOSED_STREAM, type Upstream } from './upstream.ts';

export interface PeersParts {
  readonly realm: string;
  readonly clock: Clock;
  /** All that a link needs but its target. */
  readonly link: Omit<LinkSetting, 'target'>;
  /** How long the streams of a gateway that left the directory may take to end, ms. */
  readonly retireMs: number;
  /** A link came up or went down, or cells of its data center changed their health. */
  onChange(): void;
}

export interface PeerStatus extends PeerAddress {
  readonly state: PeerState['state'];
  readonly lastError: string | null;
  readonly streams: number;
}

/** The interlinks to all gateways of other data centers. A request goes to the best one that is connected. */
export class Peers {
  readonly #parts: PeersParts;
  readonly #peers = new Map<string, { readonly address: PeerAddress; readonly peer: InterlinkPeer }>();
  readonly #retired = new Set<InterlinkPeer>();
  #wanted: ReadonlySet<string> = new Set();

  constructor(parts: PeersParts) {
    this.#parts = parts;
  }

  /**
   * Dials who is new, and lets go of who is gone from the directory and not connected: a store that was wiped or restored
   * must not cut links that work. A gateway that stops takes its record away and closes its links itself.
   */
  update(addresses: readonly PeerAddress[]): void {
    this.#wanted = new Set(addresses.map(keyOf));
    for (const [key, { peer }] of this.#peers) this.#letGo(key, peer);
    for (const address of addresses) if (!this.#peers.has(keyOf(address))) this.#dial(keyOf(address), address);
    this.#parts.onChange();
  }

  /**
   * The way to a data center; fails with INTERLINK_DOWN, not executed, while none of its gateways is connected. Each request
   * goes to the least loaded gateway that can reach the cell: one that has only just started may not know its cells yet.
   */
  upstreamOf(dataCenter: string): Upstream {
    return {
      open: (request, events) =>
        (this.#best(dataCenter, request.claim.cell) ?? unreachable(dataCenter)).open(request, events),
    };
  }

  #best(dataCenter: string, cell: CellId): InterlinkPeer | null {
    let best: InterlinkPeer | null = null;
    for (const { address, peer } of this.#peers.values()) {
      if (address.dataCenter !== dataCenter) continue;
      if (best === null || isBetter(peer, best, cell)) best = peer;
    }
    return best;
  }

  healthOf(dataCenter: string): DataCenterHealth {
    const ready = [...this.#peers.values()]
      .filter(({ address, peer }) => address.dataCenter === dataCenter && peer.state.state === 'ready')
      .map(({ peer }) => peer);
    return {
      isReachable: ready.length > 0,
      isCellAvailable: (cellId) => ready.some((peer) => !peer.unhealthyCells.has(cellId as CellId)),
    };
  }

  status(): PeerStatus[] {
    return [...this.#peers.values()].map(({ address, peer }) => {
      const { state, lastError } = peer.state;
      return { ...address, state, lastError, streams: peer.size };
    });
  }

  /** Every gateway that is to be dialled was reached, or is known not to answer. */
  get isSettled(): boolean {
    return [...this.#peers.values()].every(({ peer }) => peer.state.state !== 'connecting');
  }

  close(): void {
    for (const { peer } of this.#peers.values()) peer.close();
    for (const peer of this.#retired) peer.close();
    this.#peers.clear();
    this.#retired.clear();
  }

  #dial(key: string, address: PeerAddress): void {
    const { node, dataCenter, interlink } = address;
    const place = parseInterlinkAddress(interlink);
    if (place === null) return;
    const { realm } = this.#parts;
    const identity = { realm: realm as RealmId, dataCenter: dataCenter as DataCenterId, node: node as NodeId };
    const target = { ...place, identity };
    const peer = new InterlinkPeer(
      { ...this.#parts.link, target },
      { stateChanged: () => this.#stateChanged(key), unhealthyCellsChanged: () => this.#parts.onChange() },
    );
    this.#peers.set(key, { address, peer });
    peer.start();
  }

  #stateChanged(key: string): void {
    const known = this.#peers.get(key);
    if (known !== undefined) this.#letGo(key, known.peer);
    this.#parts.onChange();
  }

  #letGo(key: string, peer: InterlinkPeer): void {
    if (this.#wanted.has(key) || peer.state.state === 'ready') return;
    this.#peers.delete(key);
    this.#retire(peer);
  }

  /** It gets no new requests; those that are open may end. */
  #retire(peer: InterlinkPeer): void {
    this.#retired.add(peer);
    const deadline = this.#parts.clock.monotonicMs() + this.#parts.retireMs;
    const look = (): void => {
      if (!this.#retired.has(peer)) return;
      if (peer.size > 0 && this.#parts.clock.monotonicMs() < deadline) {
        this.#parts.clock.setTimer(1000, look);
        return;
      }
      this.#retired.delete(peer);
      peer.close();
    };
    look();
  }
}

const keyOf = ({ node, interlink }: PeerAddress): string => `${node} ${interlink}`;

function isBetter(candidate: InterlinkPeer, best: InterlinkPeer, cell: CellId): boolean {
  const isReady = candidate.state.state === 'ready';
  if (isReady !== (best.state.state === 'ready')) return isReady;
  const hasCell = !candidate.unhealthyCells.has(cell);
  if (hasCell === best.unhealthyCells.has(cell)) return hasCell;
  return candidate.size < best.size;
}

function unreachable(dataCenter: string): Upstream {
  return {
    open(_request, events) {
      const detail = `no gateway of ${dataCenter} is known`;
      events.failed({ code: 'INTERLINK_DOWN', executed: 'no', detail });
      return CLOSED_STREAM;
    },
  };
}
