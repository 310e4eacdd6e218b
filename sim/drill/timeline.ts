import type { Action, TimelineEntry } from '../scenario/scenario.ts';
import { type After, machineAfter } from './drill-timer.ts';
import type { FollowedStep } from './operation-follower.ts';

/** Carries out a timeline: what has an instant at that instant, the rest when its step comes on record. */
export class Timeline {
  readonly #entries: readonly TimelineEntry[];
  readonly #act: (action: Action) => Promise<void>;
  readonly #after: After;
  readonly #timers = new Set<() => void>();
  readonly #running = new Set<Promise<void>>();
  /** Errors of actions that could not be carried out, in words. */
  readonly broken: string[] = [];
  /** Places in the document of the entries that wait for a step. */
  readonly #waiting = new Set<TimelineEntry>();

  constructor(entries: readonly TimelineEntry[], act: (action: Action) => Promise<void>, after: After = machineAfter) {
    this.#entries = entries;
    this.#act = act;
    this.#after = after;
  }

  /** `nowMs`: the drill's time at this moment. */
  start(nowMs: number): void {
    for (const entry of this.#entries) {
      if (entry.when.kind === 'at') this.#runAfter(entry.when.atMs - nowMs, entry.action);
      else this.#waiting.add(entry);
    }
  }

  /** A step came on record. */
  saw({ operation, step }: FollowedStep): void {
    for (const entry of [...this.#waiting]) {
      const { when, action } = entry;
      if (when.kind !== 'step' || when.operation !== operation || when.step !== step) continue;
      this.#waiting.delete(entry);
      this.#runAfter(when.afterMs, action);
    }
  }

  /** Nothing more begins; resolves when what began has ended. What never came is in `broken`. */
  async end(): Promise<void> {
    for (const { when } of this.#waiting)
      if (when.kind === 'step') this.broken.push(`step ${when.step} of operation ${when.operation} never came`);
    this.#waiting.clear();
    for (const cancel of this.#timers) cancel();
    await Promise.all(this.#running);
  }

  #runAfter(ms: number, action: Action): void {
    if (ms <= 0) {
      this.#run(action);
      return;
    }
    const cancel = this.#after(ms, () => {
      this.#timers.delete(cancel);
      this.#run(action);
    });
    this.#timers.add(cancel);
  }

  #run(action: Action): void {
    const run = this.#act(action).catch((error: Error) => void this.broken.push(`${action.kind}: ${error.message}`));
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
  }
}
