import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { childProcesses } from '../../test/support/process-tree.ts';
import { processorMs } from '../processor-time.ts';

export interface PinnedOptions {
  /** Names its log file. */
  readonly name: string;
  readonly directory: string;
  readonly core: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** It tells through an IPC channel that it serves, and on which ports. */
  readonly tellsReady?: boolean;
}

const END_LIMIT_MS = 10_000;

/** A program on one core, with its children, until `end`. It ends with this process, too. */
export class PinnedProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #ports = Promise.withResolvers<Readonly<Record<string, number>>>();

  constructor(command: readonly string[], { name, directory, core, environment, tellsReady = false }: PinnedOptions) {
    this.name = name;
    this.#log = join(directory, `${name}.log`);
    const log = openSync(this.#log, 'w');
    this.#child = spawn('taskset', ['-c', String(core), ...command], {
      stdio: tellsReady ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
      env: { ...process.env, ...environment },
    });
    closeSync(log);
    this.#ports.promise.catch(() => undefined);
    this.#child.on('message', (message: { readonly ready?: boolean; readonly ports?: Record<string, number> }) => {
      if (message.ready === true) this.#ports.resolve(message.ports ?? {});
    });
    this.#child.once('error', (error) => this.#ports.reject(error));
    const kill = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.#child.once('exit', () => {
      process.off('exit', kill);
      this.#ports.reject(new Error(`${name} ended:\n${this.words()}`));
    });
  }

  /** Ports by name, when it has said that it serves. */
  ready(): Promise<Readonly<Record<string, number>>> {
    return this.#ports.promise;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Processor time of the program and its children since their start, ms. */
  processorMs(): number {
    return this.#pids().reduce((sum, pid) => sum + processorMs(pid), 0);
  }

  /** Resident memory of the program and its children, KiB. */
  residentKiB(): number {
    const sizeOf = (pid: number): number =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    return this.#pids().reduce((sum, pid) => sum + sizeOf(pid), 0);
  }

  /** What it printed. */
  words(): string {
    return readFileSync(this.#log, 'utf8').slice(-4_000);
  }

  async end(): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), END_LIMIT_MS);
    await ended;
    clearTimeout(killer);
  }

  #pids(): number[] {
    const { pid } = this.#child;
    return pid === undefined ? [] : [pid, ...childProcesses(pid).map((child) => child.pid)];
  }
}
