import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, copyFileSync, fstatSync, ftruncateSync, openSync, statSync } from 'node:fs';
import { CodedError } from '../../errors.ts';
import type { ReadyMessage } from '../process-life.ts';
import { lastWords } from './last-words.ts';

export interface SupervisedOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its standard output and error. */
  readonly logFile: string;
  /** One line for the person in front of the terminal. */
  say(line: string): void;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** A process that lived this long begins with the first pause again. */
const STABLE_MS = 30_000;
const MAX_LOG_BYTES = 64 * 1024 * 1024;
const LOG_LOOK_MS = 10_000;

/**
 * A child that is named and started again, with longer and longer pauses, when it ends by itself. One that ends before it
 * ever served is not: what keeps it from starting (a port that is taken, a file that cannot be read) is the user's to solve.
 */
export class SupervisedProcess {
  readonly #options: SupervisedOptions;
  #child: ChildProcess | null = null;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | null = null;
  #logTimer: NodeJS.Timeout;
  #isStopping = false;
  #hasServed = false;
  #ready: (ports: ReadyMessage['ports']) => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.#logTimer = setInterval(() => this.#boundLog(), LOG_LOOK_MS);
    this.#logTimer.unref();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it first says that it serves; rejects with its last words if it ends before that. */
  start(): Promise<ReadyMessage['ports']> {
    const ready = new Promise<ReadyMessage['ports']>((resolve, reject) => {
      this.#ready = resolve;
      this.#failed = reject;
    });
    this.#spawn();
    return ready;
  }

  /** Asks it to end; after `graceMs` it is killed. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    clearInterval(this.#logTimer);
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
    const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(killer);
  }

  #spawn(): void {
    const { name, command, args, environment, logFile } = this.#options;
    const log = openSync(logFile, 'a', 0o600);
    const logStart = fstatSync(log).size;
    const startedAt = performance.now();
    // A group of its own: Ctrl-C reaches the fleet only, which then ends its children in order. The IPC channel tells a child
    // that the fleet is gone, however it went.
    const child = spawn(command, args, {
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
      env: { ...process.env, ...environment },
    });
    closeSync(log);
    this.#child = child;
    child.on('message', (message: Partial<ReadyMessage>) => {
      if (message.ready !== true) return;
      this.#hasServed = true;
      this.#ready(message.ports ?? {});
    });
    child.on('error', (error) => this.#options.say(`${name}: ${error.message}`));
    child.once('exit', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      if (this.#isStopping) return;
      if (this.#hasServed) this.#restart(startedAt, how);
      else
        this.#failed(
          new CodedError(
            'CONFIG_INVALID',
            `${name} cannot start (${how}, log: ${logFile})${lastWords(logFile, logStart)}`,
          ),
        );
    });
  }

  #restart(startedAt: number, how: string): void {
    if (performance.now() - startedAt > STABLE_MS) this.#pauseMs = FIRST_PAUSE_MS;
    const { name, logFile } = this.#options;
    this.#options.say(`${name} ended (${how}), log: ${logFile}; again in ${this.#pauseMs / 1000} s`);
    this.#timer = setTimeout(() => this.#spawn(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  /** The child holds the file open in append mode, so it is copied and emptied, not renamed. */
  #boundLog(): void {
    const { logFile } = this.#options;
    try {
      if (statSync(logFile).size < MAX_LOG_BYTES) return;
      copyFileSync(logFile, `${logFile}.1`);
      const file = openSync(logFile, 'r+');
      ftruncateSync(file);
      closeSync(file);
    } catch (error) {
      this.#options.say(`${logFile}: ${(error as Error).message}`);
    }
  }
}
