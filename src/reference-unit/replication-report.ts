import type { Acknowledge } from './copy-placement.ts';
import type { ShardHead, ShardRole } from './ledger-entry.ts';
import type { PeerLink } from './peer-link.ts';
import type { ShardLog } from './shard-log.ts';

export interface PeerReport {
  readonly url: string;
  readonly sameCity: boolean;
  /** `down`: writes are acknowledged without this copy until it has caught up. */
  readonly state: 'connecting' | 'up' | 'down';
  readonly delayMs: number;
  readonly lastError: string | null;
}

export interface CopyReport {
  readonly dataCenter: string;
  /** Offset that the copy is known to have; null: not known yet. */
  readonly offset: number | null;
  readonly lagEntries: number;
  /** Age of the oldest entry that the copy is not known to have; 0: none. */
  readonly lagMs: number;
  /** The copy's log differs from ours: it gets nothing more until the data gate made it follow. */
  readonly diverged: boolean;
}

export interface ShardReport {
  readonly shard: string;
  readonly unit: string;
  readonly role: ShardRole;
  readonly lineage: number;
  readonly offset: number;
  /** Empty for a copy: only the primary's process knows how far the others are. */
  readonly copies: readonly CopyReport[];
}

/** What `GET /replication` answers. */
export interface ReplicationReport {
  readonly dataCenter: string;
  readonly acknowledge: Acknowledge;
  readonly whenCopyIsDown: 'continue' | 'refuse';
  /** Writes whose copies did not have the entry in time, since the start of the process. */
  readonly degradedWrites: number;
  readonly peers: Readonly<Record<string, PeerReport>>;
  readonly shards: readonly ShardReport[];
}

export function reportPeer(link: PeerLink, sameCity: boolean): PeerReport {
  return { url: link.url, sameCity, state: link.state, delayMs: link.delay.delayMs, lastError: link.lastError };
}

export function reportShard(head: ShardHead, links: readonly PeerLink[], log: ShardLog, wallMs: number): ShardReport {
  const { shard, unit, role, lineage, offset } = head;
  return { shard, unit, role, lineage, offset, copies: links.map((link) => reportCopy(head, link, log, wallMs)) };
}

function reportCopy(head: ShardHead, link: PeerLink, log: ShardLog, wallMs: number): CopyReport {
  const known = link.progress.offset(head.shard) ?? null;
  const lagEntries = head.offset - (known ?? 0);
  const oldest = lagEntries > 0 ? log.entryAt(head.shard, (known ?? 0) + 1) : null;
  return {
    dataCenter: link.dataCenter,
    offset: known,
    lagEntries,
    lagMs: oldest === null ? 0 : Math.max(0, Math.round(wallMs - oldest.takenAt)),
    diverged: link.progress.isDiverged(head.shard),
  };
}
