import { type AdoptedOwner, type Adoption, nextStep } from '../../core/adoption/adoption.ts';
import { frozenShards, grantedShards, releasedShards } from '../../core/adoption/apply-adoption.ts';
import { copyPlaces } from '../../core/adoption/copy-places.ts';
import { findOwners, type ShownCopies } from '../../core/adoption/find-owners.ts';
import { EPOCH_GAP } from '../../core/adoption/first-epoch.ts';
import type { Clock } from '../../core/clock.ts';
import type { Epoch, MonotonicMs } from '../../core/ids.ts';
import { placeKey } from '../../core/operation/operation.ts';
import type { Table } from '../../core/table.ts';
import type { CoordStore } from '../../store/coord-store.ts';
import type { TableReader } from '../../store/records/table-reader.ts';
import { BackOff } from '../operations/back-off.ts';
import type { GateCalls } from '../operations/gate-calls.ts';
import { NotLeader } from '../operations/leadership.ts';
import { readAdoption, type StoredAdoption } from './adoption-record.ts';
import { grantInWords, RELEASE_WORDS } from './adoption-words.ts';
import type { AdoptionWriter } from './adoption-writer.ts';
import { fenceCopies, followOwners, gatelessIn, promoteOwner } from './gate-rounds.ts';

export interface AdoptionRunnerParts {
  readonly store: CoordStore;
  readonly tables: TableReader;
  readonly clock: Clock;
  readonly gates: GateCalls;
  readonly writer: AdoptionWriter;
  /** First and longest pause before gates that did not answer are asked again, ms. */
  readonly retryMs: number;
  readonly backOffMs: number;
  /** What could not be done for now; it is tried again. */
  readonly onTrouble: (error: unknown) => void;
}

/** What a step waits for, for people. */
export interface AdoptionWaiting {
  readonly step: Adoption['step'];
  readonly for: readonly string[];
  /** End of W, monotonic ms of this node; null: nothing ends it but an answer. */
  readonly until: MonotonicMs | null;
}

/** What the next look has to do. */
type Turn = 'again' | 'pause' | 'over';

/**
 * Carries the adoption on record out while this node leads. Every step begins from the record as it is read then, and all its
 * effects can be repeated, so another node can go on at any time; only W begins anew with each of them.
 */
export class AdoptionRunner {
  readonly #parts: AdoptionRunnerParts;
  readonly #backOff: BackOff;
  readonly #startedAt: MonotonicMs;
  #id = '';
  #waiting: AdoptionWaiting | null = null;
  #isClosed = false;

  constructor(parts: AdoptionRunnerParts) {
    this.#parts = parts;
    this.#backOff = new BackOff(parts.clock, parts.backOffMs);
    this.#startedAt = parts.clock.monotonicMs();
  }

  get waiting(): AdoptionWaiting | null {
    return this.#waiting;
  }

  close(): void {
    this.#isClosed = true;
    this.#backOff.close();
  }

  /** Until the adoption has ended, this node does not lead any more, or `close`. Never rejects. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        const turn = await this.#turn();
        if (turn === 'over') return;
        if (turn === 'again') this.#backOff.forget();
        else await this.#backOff.wait('adoption', this.#parts.retryMs);
      } catch (error) {
        if (error instanceof NotLeader) return;
        if (!this.#isClosed) this.#parts.onTrouble(error);
        await this.#backOff.wait('adoption', this.#parts.retryMs);
      }
    }
  }

  async #turn(): Promise<Turn> {
    const stored = await readAdoption(this.#parts.store);
    const { adoption } = stored;
    if (adoption === null || adoption.step === 'ended') return 'over';
    const reading = await this.#parts.tables.read();
    // The record and the table are written together: another incarnation means that this one was adopted from in its turn.
    if (reading === null || reading.table.incarnation !== adoption.incarnation) return 'over';
    switch (adoption.step) {
      case 'wait':
        return this.#wait(stored, adoption);
      case 'fence':
        return this.#fence(stored, adoption, reading.table);
      case 'promote':
        return this.#promote(stored, adoption, reading.table);
      case 'follow':
        return this.#follow(stored, adoption, reading.table);
    }
  }

  /** W counts from this node's own read: it cannot know when the freeze was answered. */
  async #wait(stored: StoredAdoption, adoption: Adoption): Promise<Turn> {
    const { clock } = this.#parts;
    if (this.#id !== adoption.id) {
      this.#id = adoption.id;
      const until = (clock.monotonicMs() + adoption.windowMs) as MonotonicMs;
      this.#waiting = { step: 'wait', for: ['the guards that read the old store to close (W)'], until };
    }
    const leftMs = (this.#waiting?.until ?? this.#startedAt) - clock.monotonicMs();
    if (leftMs > 0) {
      await this.#backOff.wait(`W ${adoption.id} ${leftMs}`, leftMs);
      return 'again';
    }
    const detail = `W, ${adoption.windowMs} ms, has passed: every guard of the old store has closed`;
    return this.#step(stored, nextStep(adoption, 'fence', clock.wallMs(), detail));
  }

  async #fence(stored: StoredAdoption, adoption: Adoption, table: Table): Promise<Turn> {
    const round = await fenceCopies(this.#parts.gates, table, adoption);
    if (this.#isClosed) return 'over';
    if (round.higher !== null) return this.#raise(stored, adoption, round.higher);
    const missing = round.silent.filter(({ dataCenter }) => !adoption.givenUp.includes(dataCenter));
    this.#tell('fence', missing);
    if (missing.length > 0) return 'pause';
    return this.#grant(stored, adoption, table, round.copies);
  }

  /** A gate that was silent when the epoch was chosen keeps a higher one. Guards stay closed: every shard is frozen already. */
  #raise(stored: StoredAdoption, adoption: Adoption, seen: Epoch): Promise<Turn> {
    const words = { action: 'adoption goes on at a higher epoch', changes: [`a gate keeps epoch ${seen}`] };
    const raised = (epoch: Epoch): Adoption => ({ ...adoption, freezeEpoch: epoch });
    return this.#change(stored, adoption, {
      least: (seen + EPOCH_GAP) as Epoch,
      shards: (table) => frozenShards(table, { id: adoption.id, freezeEpoch: table.epoch }),
      record: raised,
      words,
    });
  }

  #grant(stored: StoredAdoption, adoption: Adoption, table: Table, copies: ShownCopies): Promise<Turn> {
    const found = findOwners(table, copies, {
      acceptsLoss: adoption.acceptsLoss,
      gateless: gatelessIn(this.#parts.gates, table),
    });
    const left = found.frozen.length === 0 ? '' : `, ${found.frozen.length} groups of shards stay frozen`;
    const detail = `${copies.size} data centers fenced at epoch ${adoption.freezeEpoch}${left}`;
    const fenced = nextStep({ ...adoption, ...found }, 'promote', this.#parts.clock.wallMs(), detail);
    return this.#change(stored, adoption, {
      shards: (next) => grantedShards(next, fenced, next.epoch),
      record: (grantEpoch) => ({ ...fenced, grantEpoch }),
      words: grantInWords(fenced, table.topology.shardRule),
    });
  }

  async #promote(stored: StoredAdoption, adoption: Adoption, table: Table): Promise<Turn> {
    const { gates, clock } = this.#parts;
    const failures = await Promise.all(adoption.owners.map((owner) => promoteOwner(gates, table, adoption, owner)));
    const missing = failures.flatMap((failure) => failure ?? []);
    this.#tell('promote', missing);
    if (missing.length > 0) return 'pause';
    const detail = `${adoption.owners.map(({ place }: AdoptedOwner) => placeKey(place)).join(', ') || 'nothing'} promoted`;
    return this.#change(stored, adoption, {
      shards: (next) => releasedShards(next, adoption),
      record: () => nextStep(adoption, 'follow', clock.wallMs(), detail),
      words: RELEASE_WORDS,
    });
  }

  async #follow(stored: StoredAdoption, adoption: Adoption, table: Table): Promise<Turn> {
    const { gates, clock } = this.#parts;
    const open = copyPlaces(table).filter(({ dataCenter }) => !adoption.followed.includes(dataCenter));
    const failures = await Promise.all(open.map((place) => followOwners(gates, table, adoption, place)));
    const missing = failures.flatMap((failure) => failure ?? []);
    this.#tell('follow', missing);
    const followed = open.filter((_, index) => failures[index] === null).map(({ dataCenter }) => dataCenter);
    const next = { ...adoption, followed: [...adoption.followed, ...followed] };
    if (missing.length === 0)
      return this.#step(stored, nextStep(next, 'ended', clock.wallMs(), 'every copy follows its owner'));
    if (followed.length > 0) await this.#step(stored, next);
    return 'pause';
  }

  #tell(step: Adoption['step'], missing: readonly { readonly dataCenter: string; readonly detail: string }[]): void {
    this.#waiting = {
      step,
      for: missing.map(({ dataCenter, detail }) => `the gate of ${dataCenter}: ${detail}`),
      until: null,
    };
  }

  async #step({ version }: StoredAdoption, next: Adoption): Promise<Turn> {
    return (await this.#parts.writer.write(version ?? '', next)) ? 'again' : 'pause';
  }

  async #change(
    { version }: StoredAdoption,
    adoption: Adoption,
    change: Parameters<AdoptionWriter['change']>[2],
  ): Promise<Turn> {
    return (await this.#parts.writer.change(version ?? '', adoption, change)) ? 'again' : 'pause';
  }
}
