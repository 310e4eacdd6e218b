import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/ldc', import.meta.url));
const READY_LIMIT_MS = 60_000;

/** A control process beside a fleet's own: the test's to kill and to start again. */
export class ControlProcess {
  readonly node: string;
  readonly #directory: string;
  readonly #config: object;
  #child: ChildProcess | null = null;
  #port = 0;

  /** `config`: of the fleet's control process; node and port are this one's own. */
  constructor(node: string, directory: string, config: object) {
    this.node = node;
    this.#directory = directory;
    this.#config = config;
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    const file = join(this.#directory, 'config', `${this.node}.json`);
    this.#port = await freePort();
    const listen = { host: '127.0.0.1', port: this.#port };
    writeFileSync(file, JSON.stringify({ ...this.#config, node: this.node, listen }), { mode: 0o600 });
    const log = openSync(join(this.#directory, 'logs', `${this.node}.log`), 'a', 0o600);
    const child = spawn(process.execPath, [PROGRAM, 'control', '--config', file], {
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#child = child;
    child.on('error', () => undefined);
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${this.node} ended before it served; its log is in ${this.#directory}/logs`);
    });
    const limit = setTimeout(() => child.kill('SIGKILL'), READY_LIMIT_MS);
    await Promise.race([once(child, 'message'), ended]).finally(() => clearTimeout(limit));
    ended.catch(() => undefined);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** At once, also one that is stopped. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}
