import type { Clock, Timer } from '../core/clock.ts';
import type { ApplyResult, ShardBatch } from './copied-entries.ts';
import type { JsonClient } from './json-client.ts';
import { markOf, sameMark } from './ledger-entry.ts';
import { PeerCalls } from './peer-calls.ts';
import { PEER_LIMITS, type ShardPosition } from './peer-message.ts';
import { PeerProgress } from './peer-progress.ts';
import { ReplicationDelay } from './replication-delay.ts';
import type { ShardLog } from './shard-log.ts';

export interface PeerLinkSettings {
  /** Longest wait for one answer of the peer. */
  readonly callTimeoutMs: number;
  /** Pause after a failed call. */
  readonly retryMs: number;
  /** A peer with nothing to send to it hears from us this often. */
  readonly heartbeatMs: number;
  /** A write waits this long for the peer's copy; then the peer counts as down until it has caught up. */
  readonly copyTimeoutMs: number;
  /** Shortest time between two messages to a copy that no write waits for: what gathers meanwhile goes as one. */
  readonly lingerMs: number;
}

export interface PeerLinkParts {
  readonly clock: Clock;
  readonly client: JsonClient;
  readonly token: string;
  readonly self: string;
  readonly log: ShardLog;
  readonly settings: PeerLinkSettings;
  /** True while this process sends the shard to the others. */
  readonly sends: (shard: string) => boolean;
  /** Writes wait for this peer's copy. */
  readonly isWaitedFor: boolean;
  /** Writes entries that only the peer still has into our copy. */
  readonly takeBack: (batch: ShardBatch, from: string) => ApplyResult['kind'];
  /** The peer knows a later promotion of the shard than ours. */
  readonly overtaken: (shard: string, lineage: number) => void;
}

/**
 * Sends this process's entries to the copy of one other data center: asks for the peer's positions, then pushes what is
 * missing, one message at a time (what gathers meanwhile goes with the next). Never gives up; `stop` ends it.
 */
export class PeerLink {
  readonly dataCenter: string;
  readonly url: string;
  readonly progress = new PeerProgress();
  readonly delay: ReplicationDelay;
  readonly #parts: PeerLinkParts;
  readonly #calls: PeerCalls;
  #down = false;
  #answered = false;
  /** It had everything once since it last failed; as writes wait for it, it has every acknowledged entry until it is down. */
  #caughtUp = false;
  #stopped = false;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #lastDoubtedMs = Number.NEGATIVE_INFINITY;
  #lastError: string | null = null;
  #wake: (() => void) | null = null;

  constructor(dataCenter: string, url: string, delayMs: number, parts: PeerLinkParts) {
    this.dataCenter = dataCenter;
    this.url = url;
    this.delay = new ReplicationDelay(delayMs);
    this.#parts = parts;
    const { client, token, settings } = parts;
    this.#calls = new PeerCalls(url, { client, token, timeoutMs: settings.callTimeoutMs });
  }

  get state(): 'connecting' | 'up' | 'down' {
    if (this.#down) return 'down';
    return this.#answered ? 'up' : 'connecting';
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  get lastError(): string | null {
    return this.#lastError;
  }

  start(shards: Iterable<string>): void {
    for (const shard of shards) this.progress.ask(shard);
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.progress.giveUpAll();
    this.wake();
  }

  /** This process was promoted for the shards: the peer is asked where its copies are, and told. */
  lead(shards: readonly string[]): void {
    this.#caughtUp = false;
    for (const shard of shards) this.progress.askAnew(shard);
    this.wake();
  }

  appended(shard: string, offset: number): void {
    this.delay.appended(shard, offset, this.#parts.clock.monotonicMs());
    this.progress.appended(shard);
    this.wake();
  }

  wake(): void {
    this.#wake?.();
  }

  /**
   * True when the peer's copy has the offset (0: when its position is known); false when it is down or did not within
   * `copyTimeoutMs`. Not having it in time marks the peer as down: later writes do not wait for it.
   */
  async waitFor(shard: string, offset: number): Promise<boolean> {
    if (this.#down || this.#stopped) return (this.progress.offset(shard) ?? -1) >= offset;
    const wait = this.progress.wait(shard, offset);
    const timer = this.#parts.clock.setTimer(this.#parts.settings.copyTimeoutMs, () => {
      if (offset > 0) this.#giveUp();
      wait.giveUp();
    });
    try {
      return await wait.reached;
    } finally {
      timer.cancel();
    }
  }

  #giveUp(): void {
    this.#down = true;
    this.#caughtUp = false;
    this.progress.giveUpAll();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#step();
      } catch (error) {
        this.#lastError = error instanceof Error ? error.message : String(error);
        this.#answered = false;
        this.#caughtUp = false;
        this.progress.askAllAgain();
        if (!this.#stopped) await this.#rest(this.#parts.settings.retryMs, false);
      }
    }
  }

  /** One call to the peer, or a rest until there is a reason for one. Throws what went wrong. */
  async #step(): Promise<void> {
    this.#doubtDiverged();
    const unknown = this.progress.unknown(PEER_LIMITS.shards);
    if (unknown.length > 0) return this.#askPositions(unknown);
    const { clock, settings, isWaitedFor } = this.#parts;
    const now = clock.monotonicMs();
    const lingerMs = isWaitedFor ? 0 : this.#lastSentMs + settings.lingerMs - now;
    if (lingerMs > 0) return this.#rest(lingerMs, false);
    const { batches, complete } = this.#collect();
    const restMs = this.#lastSentMs + settings.heartbeatMs - now;
    if (batches.length > 0 || restMs <= 0) return this.#push(batches, complete);
    const dueMs = this.delay.nextDueMs();
    return this.#rest(dueMs === null ? restMs : Math.min(restMs, Math.max(0, dueMs - now)), true);
  }

  /** Also while there is always something to send: a diverged copy may have been made to follow, and the message of it lost. */
  #doubtDiverged(): void {
    const { clock, settings } = this.#parts;
    const now = clock.monotonicMs();
    if (!this.progress.hasDiverged || now < this.#lastDoubtedMs + settings.heartbeatMs) return;
    this.#lastDoubtedMs = now;
    this.progress.askDivergedAgain();
  }

  #collect(): { batches: ShardBatch[]; complete: boolean } {
    const { clock, log } = this.#parts;
    const now = clock.monotonicMs();
    const batches: ShardBatch[] = [];
    let room: number = PEER_LIMITS.entries;
    let complete = true;
    for (const shard of this.progress.behind()) {
      const after = this.progress.offset(shard);
      const head = log.head(shard);
      if (after === undefined || head === null || !this.#parts.sends(shard)) {
        this.progress.drop(shard);
        continue;
      }
      const upTo = this.delay.visible(shard, head.offset, now);
      const entries = room > 0 ? log.entriesAfter(shard, after, upTo, room) : [];
      if (after + entries.length < head.offset) complete = false;
      if (entries.length === 0 && (this.progress.isAnnounced(shard) || batches.length >= PEER_LIMITS.entries)) continue;
      room -= entries.length;
      const { unit, lineage } = head;
      batches.push({ shard, unit, lineage, after, mark: markOf(log.entryAt(shard, after)), entries });
    }
    return { batches, complete };
  }

  async #push(batches: readonly ShardBatch[], complete: boolean): Promise<void> {
    // Writes wait again for a peer that was down from the moment its last missing entries are on their way: were it later, a
    // write in between would be acknowledged without the copy while the copy already answers reads.
    if (complete && this.#answered) {
      this.#down = false;
      this.#caughtUp = !this.progress.hasDiverged;
    }
    this.#lastSentMs = this.#parts.clock.monotonicMs();
    const fresh = this.#caughtUp && this.#parts.isWaitedFor;
    const results = await this.#calls.replicate({ from: this.#parts.self, fresh, batches });
    this.#succeeded();
    for (const result of results) {
      const head = this.#parts.log.head(result.shard)?.offset ?? 0;
      if (result.kind === 'applied') {
        this.progress.announced(result.shard);
        this.progress.reached(result.shard, Math.min(result.offset, head), head);
      } else if (result.kind === 'outdated') this.#overtaken(result.shard, result.lineage);
      else if (result.kind === 'diverged') this.#diverge(result.shard);
      else throw new Error(`shard ${result.shard}: the peer's copy now ends at ${result.offset}`);
    }
  }

  async #askPositions(shards: readonly string[]): Promise<void> {
    this.#lastSentMs = this.#parts.clock.monotonicMs();
    const positions = await this.#calls.positions(shards);
    this.#succeeded();
    const claims: ShardBatch[] = [];
    for (const position of positions) {
      await this.#compare(position);
      if (this.progress.isDiverged(position.shard)) claims.push(...this.#claim(position));
    }
    if (claims.length > 0) await this.#calls.replicate({ from: this.#parts.self, fresh: false, batches: claims });
  }

  /** A message without entries that cannot match: a copy of an earlier lineage learns that it is no target any more. */
  #claim({ shard, lineage: theirs, offset: after }: ShardPosition): ShardBatch[] {
    const { log, sends } = this.#parts;
    const { lineage, unit } = log.state(shard);
    if (theirs >= lineage || !sends(shard)) return [];
    return [{ shard, unit, lineage, after, mark: markOf(log.entryAt(shard, after)), entries: [] }];
  }

  /** Compares the peer's log with ours at the end of the shorter one. */
  async #compare(peer: ShardPosition): Promise<void> {
    const { log } = this.#parts;
    const { lineage, offset: head } = log.state(peer.shard);
    if (peer.lineage > lineage) this.#overtaken(peer.shard, peer.lineage);
    else if (peer.offset > head && peer.lineage === lineage) await this.#fetchMissing(peer.shard, head);
    else if (sameMark(markOf(log.entryAt(peer.shard, peer.offset)), peer.mark)) {
      if (peer.lineage < lineage) this.progress.announce(peer.shard);
      this.progress.reached(peer.shard, peer.offset, head);
    } else this.#diverge(peer.shard);
  }

  #overtaken(shard: string, lineage: number): void {
    this.#parts.overtaken(shard, lineage);
    this.#diverge(shard);
  }

  #diverge(shard: string): void {
    this.#caughtUp = false;
    this.progress.diverge(shard);
  }

  /**
   * The peer's copy is longer than ours: we lost our end (a new directory, a power cut). What it holds beyond our last entry
   * was ours once, so it is taken back before a write could take its place. The position is then asked again.
   */
  async #fetchMissing(shard: string, after: number): Promise<void> {
    const batch = await this.#calls.entries(shard, after, markOf(this.#parts.log.entryAt(shard, after)));
    const isTaken =
      batch !== null && batch.entries.length > 0 && this.#parts.takeBack(batch, this.dataCenter) === 'applied';
    if (!isTaken) this.#diverge(shard);
  }

  #succeeded(): void {
    this.#answered = true;
    this.#lastError = null;
  }

  /** Until the time is over, or until `wake` if the rest may be cut short; `stop` always ends it. */
  #rest(ms: number, isShort: boolean): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | null = null;
      const end = (): void => {
        timer?.cancel();
        this.#wake = null;
        resolve();
      };
      timer = this.#parts.clock.setTimer(ms, end);
      this.#wake = () => {
        if (isShort || this.#stopped) end();
      };
    });
  }
}
