import type { Clock } from '../core/clock.ts';
import { applyBatches, type CopyTables, type ShardBatch } from './copied-entries.ts';
import type { CopyPlacement } from './copy-placement.ts';
import type { JsonClient } from './json-client.ts';
import { inTransaction } from './ledger-database.ts';
import type { LedgerEntry, ShardHead } from './ledger-entry.ts';
import { PeerLink } from './peer-link.ts';
import type { Peer, ReplicationSettings } from './process-options.ts';
import {
  type CopyReport,
  type PeerReport,
  type ReplicationReport,
  reportPeer,
  reportShard,
} from './replication-report.ts';

export interface ReplicationParts {
  readonly clock: Clock;
  readonly client: JsonClient;
  readonly token: string;
  readonly self: string;
  readonly tables: CopyTables;
  readonly placement: CopyPlacement;
  readonly settings: ReplicationSettings;
}

/** The links to all other data centers, and what a write has to wait for. */
export class Replication {
  readonly #parts: ReplicationParts;
  readonly #links = new Map<string, PeerLink>();
  /** To the holders of shards, by the placement's own lists, as long as the links are the same. */
  #holderLinks = new WeakMap<readonly string[], readonly PeerLink[]>();
  /** Until when (monotonic ms) our copy has all that the data center's process acknowledged. */
  readonly #freshUntilMs = new Map<string, number>();
  readonly #onArrival = new Set<() => void>();
  #degradedWrites = 0;
  #isStopped = false;

  constructor(parts: ReplicationParts) {
    this.#parts = parts;
  }

  /** Takes the list of the other data centers' processes; a link whose address is the same goes on. */
  setPeers(peers: readonly Peer[]): void {
    const others = peers.filter((peer) => peer.dataCenter !== this.#parts.self);
    for (const link of this.#links.values()) {
      if (others.some((peer) => peer.dataCenter === link.dataCenter && peer.url === link.url)) continue;
      link.stop();
      this.#links.delete(link.dataCenter);
    }
    for (const peer of others) if (!this.#links.has(peer.dataCenter)) this.#connect(peer);
    this.#holderLinks = new WeakMap();
  }

  /** Address of the data center's process, null if it is not known. */
  urlOf(dataCenter: string): string | null {
    return this.#links.get(dataCenter)?.url ?? null;
  }

  /**
   * Waits, for a limited time, until every copy of the shard was asked how far it is: a process that lost its directory gets
   * its entries back before it takes new ones in their place.
   */
  async ready(shard: string, unit: string): Promise<void> {
    // A peer that just failed to answer was asked: not every write waits for it again.
    const links = this.#holders(shard, unit).filter((link) => !link.progress.isKnown(shard) && link.lastError === null);
    if (links.length === 0) return;
    await Promise.all(
      links.map((link) => {
        link.progress.ask(shard);
        link.wake();
        return link.waitFor(shard, 0);
      }),
    );
  }

  /** Data centers whose copy a write of the shard needs and that are down now. */
  missing(shard: string, unit: string): string[] {
    const { links, unknown } = this.#required(shard, unit);
    return [...unknown, ...links.filter((link) => link.state === 'down').map((link) => link.dataCenter)];
  }

  /** Sends a new entry on its way to all copies. */
  appended(entry: LedgerEntry, unit: string): void {
    for (const link of this.#holders(entry.shard, unit)) link.appended(entry.shard, entry.offset);
  }

  /** Waits until the copies that the setting asks for have the entry; false: at least one has it not in time. */
  async confirmed(entry: LedgerEntry, unit: string): Promise<boolean> {
    for (;;) {
      const { links, unknown } = this.#required(entry.shard, unit);
      const reached = await Promise.all(links.map((link) => link.waitFor(entry.shard, entry.offset)));
      if (unknown.length === 0 && reached.every((each) => each)) return true;
      // A peer that moved to another address while we waited is waited for there.
      if (links.some((link) => link.isStopped) && !this.#isStopped) continue;
      this.#degradedWrites += 1;
      return false;
    }
  }

  /** The data center's process told us that our copy has all that it acknowledged. */
  heard(from: string, fresh: boolean): void {
    const { clock, settings } = this.#parts;
    if (fresh) this.#freshUntilMs.set(from, clock.monotonicMs() + settings.freshMs);
    else this.#freshUntilMs.delete(from);
  }

  /** Whether our copy may answer reads of shards whose primary is in the data center. */
  isFresh(dataCenter: string): boolean {
    return (this.#freshUntilMs.get(dataCenter) ?? Number.NEGATIVE_INFINITY) > this.#parts.clock.monotonicMs();
  }

  /** This copy is the primary of the shards: the others (or one) are asked where they are, and get what they miss. */
  lead(shards: readonly string[], only: string | null = null): void {
    const { tables } = this.#parts;
    for (const link of this.#links.values()) {
      if (only !== null && link.dataCenter !== only) continue;
      const units = shards.map((shard) => [shard, tables.log.state(shard).unit] as const);
      link.lead(units.filter(([shard, unit]) => this.#isHolder(link.dataCenter, shard, unit)).map(([shard]) => shard));
    }
  }

  /** How far the shard's copies are, as the primary knows it; empty at any other copy. */
  copiesOf(head: ShardHead): readonly CopyReport[] {
    return reportShard(head, this.#targets(head), this.#parts.tables.log, this.#parts.clock.wallMs()).copies;
  }

  /** Entries of other processes came in. */
  arrived(): void {
    for (const tell of this.#onArrival) tell();
  }

  /** Calls `tell` whenever entries came in, until the returned function is called. */
  onArrival(tell: () => void): () => void {
    this.#onArrival.add(tell);
    return () => void this.#onArrival.delete(tell);
  }

  /** Delays what is sent to one data center, or to all of other cities; false if there is no such peer. */
  setDelay(delayMs: number, dataCenter: string | null): boolean {
    const chosen = [...this.#links.values()].filter((link) =>
      dataCenter === null ? !this.#isSameCity(link.dataCenter) : link.dataCenter === dataCenter,
    );
    for (const link of chosen) {
      link.delay.change(delayMs);
      link.wake();
    }
    return chosen.length > 0;
  }

  report(): ReplicationReport {
    const { self, clock, settings } = this.#parts;
    const { log } = this.#parts.tables;
    const peers: Record<string, PeerReport> = {};
    for (const link of this.#links.values())
      peers[link.dataCenter] = reportPeer(link, this.#isSameCity(link.dataCenter));
    const shards = log.heads().map((head) => reportShard(head, this.#targets(head), log, clock.wallMs()));
    const { acknowledge, whenCopyIsDown } = settings;
    return { dataCenter: self, acknowledge, whenCopyIsDown, degradedWrites: this.#degradedWrites, peers, shards };
  }

  stop(): void {
    this.#isStopped = true;
    for (const link of this.#links.values()) link.stop();
  }

  #connect(peer: Peer): void {
    const { settings, placement, self } = this.#parts;
    const { log } = this.#parts.tables;
    const isSameCity = this.#isSameCity(peer.dataCenter);
    const delayMs = isSameCity ? 0 : settings.delayMs;
    const link = new PeerLink(peer.dataCenter, peer.url, delayMs, {
      ...this.#parts,
      log,
      sends: (shard) => log.head(shard)?.role === 'primary',
      takeBack: (batch, from) => this.#takeBack(batch, from),
      overtaken: (shard, lineage) => this.#overtaken(shard, lineage),
      isWaitedFor: settings.acknowledge === 'remote' || (settings.acknowledge === 'same-city' && isSameCity),
    });
    this.#links.set(peer.dataCenter, link);
    const heads = log.heads();
    const own = heads.filter((head) => head.role === 'primary');
    const present = new Set(heads.map((head) => head.shard));
    // A home shard without a row may be one whose directory was lost.
    const absent = placement.homePrimaries(self).filter((shard) => !present.has(shard));
    const units = new Map(own.map((head) => [head.shard, head.unit]));
    const shards = [...units.keys(), ...absent];
    link.start(shards.filter((shard) => this.#isHolder(peer.dataCenter, shard, units.get(shard))));
  }

  #isHolder(dataCenter: string, shard: string, unit: string | undefined): boolean {
    const owner = unit ?? this.#parts.placement.home(shard)?.id;
    return owner !== undefined && this.#parts.placement.holders(shard, owner).includes(dataCenter);
  }

  #takeBack(batch: ShardBatch, from: string) {
    return applyBatches(this.#parts.tables, [batch], { kind: 'takeBack', from })[0]?.kind ?? 'diverged';
  }

  /** A later promotion exists: what this copy would take from now on, `follow` would set aside. */
  #overtaken(shard: string, lineage: number): void {
    const { database, log } = this.#parts.tables;
    inTransaction(database, () => {
      const head = log.state(shard);
      if (head.role === 'primary' && head.lineage < lineage) log.save({ ...head, role: 'stale' });
    });
  }

  #targets(head: ShardHead): readonly PeerLink[] {
    return head.role === 'primary' ? this.#holders(head.shard, head.unit) : [];
  }

  #holders(shard: string, unit: string): readonly PeerLink[] {
    const dataCenters = this.#parts.placement.holders(shard, unit);
    const known = this.#holderLinks.get(dataCenters);
    if (known !== undefined) return known;
    const links = dataCenters.flatMap((dataCenter) => this.#links.get(dataCenter) ?? []);
    this.#holderLinks.set(dataCenters, links);
    return links;
  }

  /** `unknown`: data centers whose process is not in the list of peers; as good as down. */
  #required(shard: string, unit: string): { readonly links: PeerLink[]; readonly unknown: string[] } {
    const { placement, self, settings } = this.#parts;
    const required = placement.required(shard, unit, self, settings.acknowledge);
    const links = required.flatMap((dataCenter) => this.#links.get(dataCenter) ?? []);
    return { links, unknown: required.filter((dataCenter) => !this.#links.has(dataCenter)) };
  }

  #isSameCity(dataCenter: string): boolean {
    return this.#parts.placement.sameCity(this.#parts.self, dataCenter);
  }
}
