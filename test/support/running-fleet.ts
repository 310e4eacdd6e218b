import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/ldc', import.meta.url));
/** More than the reference fleet takes. */
const PORTS = 120;

/** A fleet of real processes for a test, in a directory and on ports of its own. */
export class RunningFleet {
  readonly directory: string;
  readonly basePort: number;
  readonly process: ChildProcess;
  #output = '';

  private constructor(directory: string, basePort: number, args: readonly string[]) {
    this.directory = directory;
    this.basePort = basePort;
    const all = [PROGRAM, 'fleet', '--dir', directory, '--base-port', String(basePort), ...args];
    this.process = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
  }

  /** Resolves when the fleet says that it is ready; a directory of an earlier fleet can be given. */
  static async start(args: readonly string[] = [], directory?: string): Promise<RunningFleet> {
    const ownDirectory = directory ?? mkdtempSync(join(tmpdir(), 'ldc-fleet-'));
    const fleet = new RunningFleet(ownDirectory, await freePortBlock(), args);
    await eventually(
      () => `the fleet gets ready; it said:\n${fleet.#output}`,
      () => {
        if (fleet.process.exitCode !== null) throw new Error(`the fleet ended:\n${fleet.#output}`);
        return fleet.#output.includes('Ctrl-C ends all.');
      },
      90_000,
    );
    return fleet;
  }

  /** Everything that it printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Base address of the door of a data center; the reference ruleset's order. */
  door(dataCenter: string): string {
    const line = new RegExp(`^${dataCenter} .*?(https?://127\\.0\\.0\\.1:\\d+)`, 'm').exec(this.#output);
    if (line?.[1] === undefined) throw new Error(`no door of ${dataCenter} in:\n${this.#output}`);
    return line[1];
  }

  /** Ends it as Ctrl-C does, and removes its directory. */
  async stop(): Promise<void> {
    await this.end('SIGINT');
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Ends it and leaves its directory. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }
}

/** First port of a block that is free now; another process may take one of them, so it is looked for high up and at random. */
async function freePortBlock(): Promise<number> {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 10_000);
    const samples = Array.from({ length: PORTS }, (_, index) => base + index);
    const free = await Promise.all(samples.map(isFree));
    if (free.every(Boolean)) return base;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
