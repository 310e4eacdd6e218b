import { type After, machineAfter } from './drill-timer.ts';

/** Not zero: whoever repeats until something is over must not take all the time of whoever ends it. */
const HURRIED_MS = 5;

/**
 * The machine's timers until somebody hurries; from then on those that wait and all later ones are due. For what a drill waits for and
 * need not when it was interrupted: a client that would repeat in a moment, the end of the load.
 */
export class HurriedTimers {
  readonly #waiting = new Set<() => void>();
  #isHurried = false;

  readonly after: After = (ms, fire) => {
    const run = (): void => {
      this.#waiting.delete(hurry);
      fire();
    };
    let cancel = machineAfter(this.#isHurried ? Math.min(ms, HURRIED_MS) : ms, run);
    const hurry = (): void => {
      cancel();
      cancel = machineAfter(HURRIED_MS, run);
    };
    this.#waiting.add(hurry);
    return () => {
      this.#waiting.delete(hurry);
      cancel();
    };
  };

  hurry(): void {
    this.#isHurried = true;
    for (const hurry of [...this.#waiting]) hurry();
  }
}
