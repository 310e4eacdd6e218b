import type { Clock, Timer } from '../core/clock.ts';
import type { CoordStore, StoreWatch } from '../store/coord-store.ts';
import { decodeEdge, EDGE_PREFIX, type EdgeRecord } from '../store/records/node-record.ts';
import type { SnapshotKeeper } from './table-feed.ts';

/** A gateway of another data center, as far as dialling it goes. */
export interface PeerAddress {
  readonly node: string;
  readonly dataCenter: string;
  /** `host:port` of its interlink. */
  readonly interlink: string;
}

export interface PeerDirectoryParts {
  readonly store: CoordStore;
  readonly clock: Clock;
  /** Own data center: its gateways are no peers. */
  readonly dataCenter: string;
  /** Longest time between two reads, ms. */
  readonly pollMs: number;
  /** Peers of the last run, for a start while the store is down. */
  readonly snapshot: SnapshotKeeper;
  onPeers(peers: readonly PeerAddress[]): void;
  onBadRecord(detail: string): void;
}

/**
 * Which gateways of other data centers to dial. A record that nobody renews stays until control takes it away: dialling a
 * dead address harms nobody, while forgetting a living peer because the store is slow would.
 */
export class PeerDirectory {
  readonly #parts: PeerDirectoryParts;
  #watch: StoreWatch | null = null;
  #timer: Timer | null = null;
  #reading: Promise<void> | null = null;
  #isDirty = false;
  #isClosed = false;
  #known = '';

  constructor(parts: PeerDirectoryParts) {
    this.#parts = parts;
  }

  /** Begins with the peers of the last run, then follows the store. Never rejects. */
  async start(): Promise<void> {
    await this.#loadSnapshot();
    this.#watch = this.#parts.store.watch(EDGE_PREFIX, () => this.#refresh());
    this.#refresh();
    await this.#reading;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watch?.close();
    this.#timer?.cancel();
    await this.#reading;
  }

  #refresh(): void {
    if (this.#isClosed) return;
    if (this.#reading !== null) {
      this.#isDirty = true;
      return;
    }
    this.#timer?.cancel();
    this.#reading = this.#read().finally(() => {
      this.#reading = null;
      if (this.#isClosed) return;
      this.#timer = this.#parts.clock.setTimer(this.#isDirty ? 0 : this.#parts.pollMs, () => this.#refresh());
      this.#isDirty = false;
    });
  }

  async #read(): Promise<void> {
    let entries: readonly { readonly key: string; readonly value: string }[];
    try {
      entries = (await this.#parts.store.snapshot(EDGE_PREFIX)).entries;
    } catch {
      // What is known stays; the table feed reports that the store is down.
      return;
    }
    const records = entries.flatMap(({ key, value }) => this.#decode(key, value));
    await this.#publish(records.filter((record) => record.dataCenter !== this.#parts.dataCenter));
  }

  #decode(key: string, value: string): EdgeRecord[] {
    try {
      const record = decodeEdge(key, value);
      if (parseInterlinkAddress(record.interlink) !== null) return [record];
      this.#parts.onBadRecord(
        `record ${key}: interlink is ${JSON.stringify(record.interlink)}, must be host:port or [ipv6]:port`,
      );
      return [];
    } catch (error) {
      this.#parts.onBadRecord((error as Error).message);
      return [];
    }
  }

  async #publish(records: readonly EdgeRecord[]): Promise<void> {
    const peers = new Map<string, PeerAddress>();
    for (const { node, dataCenter, interlink } of records)
      peers.set(`${node} ${interlink}`, { node, dataCenter, interlink });
    const sorted = [...peers.values()].sort((a, b) =>
      `${a.node} ${a.interlink}` < `${b.node} ${b.interlink}` ? -1 : 1,
    );
    const text = JSON.stringify(sorted);
    if (text === this.#known) return;
    this.#known = text;
    this.#parts.onPeers(sorted);
    await this.#parts.snapshot.save(text).catch(() => undefined);
  }

  async #loadSnapshot(): Promise<void> {
    try {
      const peers: unknown = JSON.parse((await this.#parts.snapshot.load()) ?? '[]');
      if (Array.isArray(peers) && peers.every(isPeerAddress)) this.#parts.onPeers(peers);
    } catch {
      // A list of peers is only a start: the store has the true one.
    }
  }
}

/** `host:port` or `[ipv6]:port`; null for what nobody can dial. */
export function parseInterlinkAddress(text: string): { readonly host: string; readonly port: number } | null {
  const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+)):(?<port>\d{1,5})$/.exec(text)?.groups;
  const host = parts?.v6 ?? parts?.host;
  const port = Number(parts?.port);
  return host === undefined || !(port > 0 && port < 65_536) ? null : { host, port };
}

function isPeerAddress(value: unknown): value is PeerAddress {
  const peer = value as Partial<Record<keyof PeerAddress, unknown>> | null;
  return typeof peer?.node === 'string' && typeof peer.dataCenter === 'string' && typeof peer.interlink === 'string';
}
