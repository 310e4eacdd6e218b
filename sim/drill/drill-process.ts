import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { lastWords } from '../../src/app/fleet/last-words.ts';
import { CodedError } from '../../src/errors.ts';

export interface DrillProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** True: it says by a message that it serves (our own programs); false: `start` returns once it runs. */
  readonly tellsReady: boolean;
  /** It ended though nobody in the drill ended it. */
  readonly onSurprise: (words: string) => void;
}

const READY_LIMIT_MS = 120_000;

/**
 * A process that a drill kills, pauses and starts again. Unlike the fleet's supervised ones it stays dead when it is killed. Our own
 * programs end when this process is gone (IPC channel). Adapter: starts processes.
 */
export class DrillProcess {
  readonly #options: DrillProcessOptions;
  #child: ChildProcess | null = null;
  /** Its end is wanted: killed, stopped. */
  #isEnding = false;
  #isPaused = false;

  constructor(options: DrillProcessOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Null: it does not run. */
  get pid(): number | null {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return null;
    return child.pid ?? null;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Resolves when it serves; rejects with its last words if it ends before that, or does not serve in time. */
  async start(): Promise<void> {
    if (this.pid !== null) return;
    const { name, command, args, environment, logFile, tellsReady } = this.#options;
    const log = openSync(logFile, 'a', 0o600);
    const logStart = fstatSync(log).size;
    // A group of its own: Ctrl-C reaches the drill only, which then ends its processes in order.
    const child = spawn(command, args, {
      stdio: tellsReady ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
      detached: true,
      env: { ...process.env, ...environment },
    });
    closeSync(log);
    this.#child = child;
    this.#isEnding = false;
    this.#isPaused = false;
    const failed = new Promise<never>((_, reject) => {
      const refuse = (why: string): void => {
        reject(new CodedError('CONFIG_INVALID', `${name} ${why} (log: ${logFile})${lastWords(logFile, logStart)}`));
      };
      child.once('error', (error) => refuse(`cannot start: ${error.message}`));
      child.once('exit', (code, signal) => {
        const words = `ended by itself (${signal ?? `exit code ${code}`})`;
        refuse(words);
        if (!this.#isEnding && this.#child === child) this.#options.onSurprise(`${name} ${words}`);
      });
      setTimeout(() => refuse(`does not serve within ${READY_LIMIT_MS} ms`), READY_LIMIT_MS).unref();
    });
    failed.catch(() => {});
    await Promise.race([tellsReady ? readyMessage(child) : once(child, 'spawn'), failed]);
  }

  /** SIGKILL, also when it is paused; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL', 0);
  }

  /** SIGTERM; after `graceMs` SIGKILL. */
  async stop(graceMs: number): Promise<void> {
    this.resume();
    await this.#end('SIGTERM', graceMs);
  }

  pause(): void {
    if (this.pid === null) return;
    this.#isPaused = true;
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#child?.kill('SIGCONT');
  }

  /** For the moment at which this process itself ends and nothing can be waited for. */
  killNow(): void {
    this.#isEnding = true;
    this.#child?.kill('SIGKILL');
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL', graceMs: number): Promise<void> {
    this.#isEnding = true;
    const child = this.#child;
    if (child === null || this.pid === null) return;
    const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
    const killer = graceMs > 0 ? setTimeout(() => child.kill('SIGKILL'), graceMs) : null;
    child.kill(signal);
    await ended;
    if (killer !== null) clearTimeout(killer);
    this.#isPaused = false;
  }
}

function readyMessage(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (message: { readonly ready?: boolean }) => {
      if (message.ready === true) resolve();
    });
  });
}
