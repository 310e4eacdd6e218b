const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Turns the signals that end a process into an AbortSignal, so that what must be undone is undone first. */
export class Interruption {
  readonly #controller = new AbortController();
  #received: NodeJS.Signals | null = null;
  readonly #note = (signal: NodeJS.Signals): void => {
    this.#received ??= signal;
    this.#controller.abort(new Error(`interrupted by ${signal}`));
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#note);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Signals act as usual again; one that came meanwhile acts now. */
  end(): void {
    for (const signal of SIGNALS) process.off(signal, this.#note);
    if (this.#received !== null) process.kill(process.pid, this.#received);
  }
}
