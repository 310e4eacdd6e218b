import type { CliEnvironment } from './cli-environment.ts';

/** Ctrl-C while an operation is started or watched: the command leaves, the operation goes on. */
export class Detachment {
  readonly #controller = new AbortController();
  readonly #forget: () => void;

  constructor(env: CliEnvironment) {
    this.#forget = env.onInterrupt(() => this.#controller.abort());
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ctrl-C ends the process again. */
  close(): void {
    this.#forget();
  }
}
