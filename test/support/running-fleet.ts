import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import { freePortBlock } from './free-port-block.ts';
import { childProcesses } from './process-tree.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/ldc', import.meta.url));
/** More than a fleet of these tests takes. */
const PORTS = 120;
const READY_LIMIT_MS = 90_000;
const COMMAND_LIMIT_MS = 60_000;
/** Above the fleet's own limit for the end of its processes. */
const END_LIMIT_MS = 30_000;

export interface FleetStart {
  readonly args?: readonly string[];
  /** Of an earlier fleet; without it a new one, which `stop` removes. */
  readonly directory?: string;
  readonly basePort?: number;
  /** The command and its first arguments; default: this checkout's `ldc` on the Node that runs the tests. */
  readonly program?: readonly [string, ...string[]];
  readonly workingDirectory?: string;
  /** Added to this process's environment; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface GatewayStatus {
  readonly table: { readonly epoch: number } | null;
  readonly unavailableCells: readonly string[];
  readonly guard: { readonly isOpen: boolean; readonly closedBy: string | null; readonly writesInFlight: number };
}

export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A fleet of real processes for a test, in a directory and on ports of its own. */
export class RunningFleet {
  readonly directory: string;
  readonly basePort: number;
  readonly process: ChildProcess;
  readonly #options: FleetStart;
  readonly #command: readonly [string, ...string[]];
  #output = '';

  private constructor(directory: string, basePort: number, options: FleetStart) {
    this.directory = directory;
    this.basePort = basePort;
    this.#options = options;
    this.#command = options.program ?? [process.execPath, PROGRAM];
    const own = ['fleet', '--dir', directory, '--base-port', String(basePort)];
    this.process = this.#spawn([...own, ...(options.args ?? [])]);
    const keep = (chunk: Buffer): void => {
      this.#output += chunk.toString();
    };
    this.process.stdout?.on('data', keep);
    this.process.stderr?.on('data', keep);
    this.process.once('error', (error) => keep(Buffer.from(error.message)));
    const endWithTest = (): void => void this.process.kill('SIGKILL');
    process.once('exit', endWithTest);
    this.process.once('exit', () => process.off('exit', endWithTest));
  }

  /** Resolves when the fleet says that it is ready. */
  static async start(options: FleetStart = {}): Promise<RunningFleet> {
    for (let attempt = 1; ; attempt += 1) {
      const fleet = await RunningFleet.launch(options);
      try {
        await fleet.ready();
        return fleet;
      } catch (error) {
        await fleet.end('SIGKILL');
        if (options.directory === undefined) rmSync(fleet.directory, { recursive: true, force: true });
        // Somebody may have taken one of its ports since they were looked at.
        if (attempt === 3 || !/is taken|EADDRINUSE/.test(fleet.output)) throw error;
      }
    }
  }

  /** Starts it and waits for nothing. */
  static async launch(options: FleetStart = {}): Promise<RunningFleet> {
    const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'ldc-fleet-'));
    return new RunningFleet(directory, options.basePort ?? (await freePortBlock(PORTS)), options);
  }

  async ready(): Promise<void> {
    await eventually(
      () => `the fleet gets ready; it said:\n${this.#output}`,
      () => this.hasEnded || this.#output.includes('Ctrl-C ends all.'),
      READY_LIMIT_MS,
    );
    if (this.hasEnded) throw new Error(`the fleet ended:\n${this.#output}`);
  }

  /** Everything that it printed so far. */
  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    const { pid, exitCode, signalCode } = this.process;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  /** Base address of the door of a data center's gateway: of the first (0), the second (1) … */
  door(dataCenter: string, gateway = 0): string {
    return this.#address(dataCenter, gateway, 0);
  }

  /** Base address of the admin port of such a gateway. */
  admin(dataCenter: string, gateway = 0): string {
    return this.#address(dataCenter, gateway, 1);
  }

  /** `host:port` of the interlink of such a gateway. */
  interlink(dataCenter: string, gateway = 0): string {
    return this.#address(dataCenter, gateway, 2);
  }

  /** Process IDs by name as the fleet uses it: `control-1`, `gateway-hz-a-1`, `cells-hz-a`. */
  children(): ReadonlyMap<string, number> {
    const named = childProcesses(this.process.pid ?? 0).map(({ pid, args }): [string, number] => {
      const name = /config\/(.+)\.json$/.exec(args.find((arg) => arg.endsWith('.json')) ?? '')?.[1];
      return [name ?? args.join(' '), pid];
    });
    return new Map(named);
  }

  /** Base address of the control process. */
  get control(): string {
    return `http://127.0.0.1:${this.basePort}`;
  }

  /** JSON of a file in the fleet's directory: `operator.json`, `config/control-1.json`. */
  read<T>(file: string): T {
    return JSON.parse(readFileSync(join(this.directory, file), 'utf8')) as T;
  }

  /** Writes the configuration of a process anew, and kills it: the fleet starts it again with the new one. */
  reconfigure(name: string, change: (config: Record<string, unknown>) => object): void {
    const file = `config/${name}.json`;
    writeFileSync(join(this.directory, file), JSON.stringify(change(this.read(file))));
    this.signal(name, 'SIGKILL');
  }

  /** Sends a signal to a process by its name in the fleet. */
  signal(name: string, signal: NodeJS.Signals): void {
    const pid = this.children().get(name);
    if (pid === undefined) throw new Error(`no process ${name} runs`);
    process.kill(pid, signal);
  }

  /** Waits until the gateways (all of the data centers named) are ready, reach every cell, and may admit writes. */
  async serves(dataCenters: readonly string[]): Promise<void> {
    for (const dataCenter of dataCenters) {
      await eventually(
        `the gateway of ${dataCenter} serves`,
        async () => {
          const { table, unavailableCells, guard } = await this.status(dataCenter);
          return table !== null && unavailableCells.length === 0 && guard.isOpen;
        },
        READY_LIMIT_MS,
      );
    }
  }

  /** What a gateway's admin port says of it. */
  async status(dataCenter: string): Promise<GatewayStatus> {
    const signal = AbortSignal.timeout(2_000);
    return (await (await fetch(`${this.admin(dataCenter)}/v1/status`, { signal })).json()) as GatewayStatus;
  }

  /** Runs `ldc ARGS` as this fleet's operator. */
  async ldc(...args: readonly string[]): Promise<CommandEnd> {
    const child = this.#spawn([...args, '--dir', this.directory]);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    const killer = setTimeout(() => child.kill('SIGKILL'), COMMAND_LIMIT_MS);
    try {
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, ...output };
    } finally {
      clearTimeout(killer);
    }
  }

  /** Ends it as Ctrl-C does, and removes its directory. */
  async stop(): Promise<void> {
    await this.end('SIGINT');
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Ends it and leaves its directory; kills it if the signal does not end it. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.hasEnded) return;
    const killer = setTimeout(() => this.process.kill('SIGKILL'), END_LIMIT_MS);
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
    clearTimeout(killer);
  }

  #spawn(args: readonly string[]): ChildProcess {
    const [command, ...first] = this.#command;
    const env = { ...process.env, ...this.#options.environment };
    const cwd = this.#options.workingDirectory;
    return spawn(command, [...first, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env, cwd });
  }

  #address(dataCenter: string, gateway: number, column: number): string {
    const lines = this.#output.split('\n').filter((text) => text.startsWith(`${dataCenter} `));
    const address = lines[gateway]?.match(/(?:https?:\/\/)?127\.0\.0\.1:\d+/g)?.[column];
    if (address === undefined) throw new Error(`no such address of ${dataCenter} in:\n${this.#output}`);
    return address;
  }
}
