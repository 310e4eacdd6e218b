import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerOptions } from './worker-message.ts';

/** Sources run as `.ts` under type stripping, the built package as `.js`: the worker's file has the extension of this one. */
const WORKER_URL = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js',
  import.meta.url,
);

/** Starts the worker. `onLost` is called at most once, and not after `end`; the thread keeps the process alive only while held. */
export class SqliteThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #isEnding = false;

  constructor(options: WorkerOptions, onMessage: (message: FromWorker) => void, onLost: (detail: string) => void) {
    // None of the parent's flags: some, the test runner's among them, are refused for a worker. On Node 22 SQLite warns.
    const execArgv = ['--disable-warning=ExperimentalWarning'];
    this.#worker = new Worker(WORKER_URL, { workerData: options, execArgv, name: 'ldc-store' });
    this.#worker.unref();
    let cause = 'it ended by itself';
    this.#worker.on('message', onMessage);
    this.#worker.on('messageerror', (error) => {
      cause = error.message;
      void this.#worker.terminate();
    });
    this.#worker.on('error', (error) => {
      cause = error instanceof Error ? error.message : String(error);
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        resolve();
        if (!this.#isEnding) onLost(`${cause} (exit code ${code})`);
      });
    });
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** While a call is pending the process must not end under it. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#worker.ref();
    else this.#worker.unref();
  }

  /** Asks the worker to close the file and waits until it is gone; `cut` ends the wait and the worker with it. */
  async end(cut: Promise<void>): Promise<void> {
    this.#isEnding = true;
    this.#worker.ref();
    this.send({ kind: 'close' });
    await Promise.race([this.#exited, cut]);
    await this.#worker.terminate();
  }
}
