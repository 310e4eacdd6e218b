import type { Clock, Timer } from '../../core/clock.ts';
import { CodedError } from '../../errors.ts';
import type { CoordStore, StoreCondition, StoreEntry } from '../../store/coord-store.ts';
import type { ControlObserver } from '../control-event.ts';
import { decodeLeader, encodeLeader, LEADER_KEY, type LeaderRecord } from '../records/leader-record.ts';

export interface LeadershipParts {
  readonly store: CoordStore;
  readonly clock: Clock;
  readonly observer: ControlObserver;
  readonly node: string;
  /** New at each start of the process. */
  readonly boot: string;
  /** A record that did not change for this long, on our clock, is taken over. */
  readonly leaderMs: number;
  /** Called after the term began (its record is read back or written) and after it ended. */
  readonly onChange: (term: number | null) => void;
}

/** Looks per `leaderMs`; renewals keep the same pace. */
const LOOKS = 4;

/** This node does not lead (any more); whoever leads goes on. */
export class NotLeader extends Error {}

/**
 * Leader election by one record and compare-and-set: no lease of the store is believed (docs/ownership-protocol.md, "Records"). That
 * two nodes believe to lead does no harm: each transaction of a step compares this record, and the older one's fails [without: 3 steps].
 */
export class Leadership {
  readonly #parts: LeadershipParts;
  #seen: { readonly version: string | null; readonly since: number } | null = null;
  #record: LeaderRecord | null = null;
  #version: string | null = null;
  #term: number | null = null;
  #heldUntil = 0;
  #timer: Timer | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
  }

  /** The term that this node leads in; null: it does not, or has not been able to renew for `leaderMs`. */
  get term(): number | null {
    return this.#term !== null && this.#parts.clock.monotonicMs() < this.#heldUntil ? this.#term : null;
  }

  /** The leader as last seen, this node or another. */
  get leader(): { readonly node: string; readonly term: number } | null {
    return this.#record === null ? null : { node: this.#record.node, term: this.#record.term };
  }

  start(): void {
    void this.#turn();
  }

  /** Gives the term up, so that another node need not wait for its end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#queue;
    if (this.#term !== null && this.#record !== null) {
      const resigned = { ...this.#record, boot: '', renewed: this.#record.renewed + 1 };
      const condition = { key: LEADER_KEY, version: this.#version };
      await this.#parts.store
        .transact([condition], [{ key: LEADER_KEY, value: encodeLeader(resigned) }])
        .catch(() => {});
    }
    this.#term = null;
  }

  /**
   * Runs `work` with the condition that this term is the store's; nothing else that writes the record runs meanwhile, so the
   * version stays what it is. Rejects with NotLeader if this node does not lead.
   */
  holding<T>(work: (condition: StoreCondition) => Promise<T>): Promise<T> {
    return this.#exclusively(async () => {
      if (this.term === null) throw new NotLeader('this node does not lead');
      return work({ key: LEADER_KEY, version: this.#version });
    });
  }

  /** After a conflict: whether the term is still ours, by a read of our own. Never rejects. */
  async confirm(): Promise<boolean> {
    await this.#exclusively(() => this.#look()).catch(() => {});
    return this.term !== null;
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => {});
    return result;
  }

  async #turn(): Promise<void> {
    const { clock, leaderMs, observer } = this.#parts;
    if (this.#isClosed) return;
    try {
      await this.#exclusively(() => this.#step());
    } catch (error) {
      if (!this.#isClosed) observer({ kind: 'leadership-unsure', error });
    }
    if (this.#term !== null && this.term === null) this.#lose();
    if (!this.#isClosed) this.#timer = clock.setTimer(leaderMs / LOOKS, () => void this.#turn());
  }

  async #step(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#term === null) {
      await this.#look();
      if (this.#term !== null || !this.#isVacant()) return;
    }
    await this.#write();
  }

  /** Reads the record: whose it is, and whether it changed since we last looked. */
  async #look(): Promise<void> {
    const { store, clock, boot } = this.#parts;
    const askedAt = clock.monotonicMs();
    const [entry] = (await store.read([LEADER_KEY])).entries;
    this.#take(entry ?? null);
    if (this.#record?.boot === boot && boot !== '') this.#hold(askedAt);
    else if (this.#term !== null) this.#lose();
  }

  #take(entry: StoreEntry | null): void {
    this.#version = entry?.version ?? null;
    this.#record = entry === null ? null : decodeLeader(entry.value);
    if (this.#seen === null || this.#seen.version !== this.#version)
      this.#seen = { version: this.#version, since: this.#parts.clock.monotonicMs() };
  }

  #isVacant(): boolean {
    if (this.#record === null || this.#record.boot === '') return true;
    const since = this.#seen?.since ?? this.#parts.clock.monotonicMs();
    return this.#parts.clock.monotonicMs() - since >= this.#parts.leaderMs;
  }

  /** Renews, or takes over. A lost answer is found by the next look. */
  async #write(): Promise<void> {
    const { store, clock, node, boot } = this.#parts;
    const isOurs = this.#term !== null;
    const term = isOurs ? (this.#term as number) : (this.#record?.term ?? 0) + 1;
    const renewed = isOurs ? (this.#record?.renewed ?? 0) + 1 : 0;
    const sentAt = clock.monotonicMs();
    const value = encodeLeader({ format: 1, node, boot, term, renewed });
    try {
      await store.transact([{ key: LEADER_KEY, version: this.#version }], [{ key: LEADER_KEY, value }]);
    } catch (error) {
      const isOpen = error instanceof CodedError && error.code === 'STORE_AMBIGUOUS';
      if (!isOpen) throw error;
    }
    await this.#look();
    const isRenewed = this.#term === term && this.#record?.renewed === renewed;
    if (isRenewed) this.#heldUntil = Math.max(this.#heldUntil, sentAt + this.#parts.leaderMs);
  }

  #hold(from: number): void {
    const { leaderMs, observer, onChange } = this.#parts;
    const term = this.#record?.term ?? null;
    const isNew = this.#term !== term;
    this.#term = term;
    // Only a renewal makes others wait; a read that finds our record holds us for no longer than that.
    if (isNew) this.#heldUntil = from + leaderMs;
    if (!isNew || term === null) return;
    observer({ kind: 'leadership-begun', term });
    onChange(term);
  }

  #lose(): void {
    const term = this.#term;
    this.#term = null;
    if (term === null) return;
    this.#parts.observer({ kind: 'leadership-ended', term });
    this.#parts.onChange(null);
  }
}
