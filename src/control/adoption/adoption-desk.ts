import type { Adoption } from '../../core/adoption/adoption.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import type { CoordStore, StoreWatch } from '../../store/coord-store.ts';
import type { TableReader } from '../../store/records/table-reader.ts';
import type { AdoptionView } from '../api-types.ts';
import type { ControlObserver } from '../control-event.ts';
import type { GateCalls } from '../operations/gate-calls.ts';
import type { Leadership } from '../operations/leadership.ts';
import { ADOPTION_KEY, readAdoption } from './adoption-record.ts';
import { AdoptionRunner } from './adoption-runner.ts';
import { AdoptionWriter } from './adoption-writer.ts';

export interface AdoptionDeskParts {
  /** Itself, not the checked one: an adoption is what a store that went back needs. */
  readonly store: CoordStore;
  readonly tables: TableReader;
  readonly clock: Clock;
  readonly gates: GateCalls;
  readonly leadership: Leadership;
  readonly observer: ControlObserver;
  /** Time between two looks whether an adoption is to be carried out, ms. */
  readonly rereadMs: number;
  readonly retryMs: number;
  readonly backOffMs: number;
}

/** Carries the adoption on record out while this node leads. */
export class AdoptionDesk {
  readonly tables: TableReader;
  readonly #parts: AdoptionDeskParts;
  #runner: { readonly id: string; readonly runner: AdoptionRunner; readonly done: Promise<void> } | null = null;
  #watch: StoreWatch | null = null;
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;
  #isClosed = false;

  constructor(parts: AdoptionDeskParts) {
    this.#parts = parts;
    this.tables = parts.tables;
  }

  start(): void {
    this.#watch = this.#parts.store.watch(ADOPTION_KEY, () => this.nudge());
    this.#schedule();
  }

  /** Stops here, in the middle of whatever is under way: another node goes on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watch?.close();
    this.#timer?.cancel();
    this.#runner?.runner.close();
    await this.#looking;
    await this.#runner?.done;
  }

  /** Look now. */
  nudge(): void {
    if (this.#looking !== null || this.#isClosed) return;
    this.#timer?.cancel();
    this.#looking = this.#look()
      .catch((error) => this.#isClosed || this.#parts.observer({ kind: 'adoption-stopped', error }))
      .then(() => {
        this.#looking = null;
        this.#schedule();
      });
  }

  /** What the adoption waits for; null: this node does not carry it out. */
  waiting({ id, step }: Pick<Adoption, 'id' | 'step'>): AdoptionView['waiting'] {
    const waiting = this.#runner?.id === id ? this.#runner.runner.waiting : null;
    if (waiting === null || waiting.step !== step) return null;
    const { until } = waiting;
    const leftMs = until === null ? null : Math.max(0, Math.round(until - this.#parts.clock.monotonicMs()));
    return { for: waiting.for, leftMs };
  }

  #schedule(): void {
    this.#timer?.cancel();
    if (this.#isClosed) return;
    this.#timer = this.#parts.clock.setTimer(this.#parts.rereadMs, () => this.nudge());
  }

  async #look(): Promise<void> {
    const { store, leadership } = this.#parts;
    if (leadership.term === null) return;
    const { adoption } = await readAdoption(store);
    if (adoption === null || adoption.step === 'ended' || this.#isClosed) return;
    if (this.#runner?.id === adoption.id) return;
    this.#runner?.runner.close();
    this.#begin(adoption.id);
  }

  #begin(id: string): void {
    const { observer, ...parts } = this.#parts;
    const writer = new AdoptionWriter(parts);
    const onTrouble = (error: unknown): void => observer({ kind: 'adoption-stopped', error });
    const runner = new AdoptionRunner({ ...parts, writer, onTrouble });
    const done = runner.run().then(() => {
      if (this.#runner?.runner === runner) this.#runner = null;
    });
    this.#runner = { id, runner, done };
  }
}
