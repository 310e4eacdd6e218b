import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

export interface EtcdServerOptions {
  readonly name?: string;
  /** Paths of PEM files; with `clientCa`, clients must show a certificate of that authority. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** More arguments of etcd: `--quota-backend-bytes=…`. */
  readonly extra?: readonly string[];
}

export interface EtcdPorts {
  readonly client: number;
  readonly peer: number;
  /** Plain HTTP `/health`, whatever TLS and passwords the clients need. */
  readonly health: number;
}

/** A real etcd of its own directory and ports. `stop` it in the test's `after`, also when the test fails. */
export class EtcdServer {
  readonly name: string;
  readonly ports: EtcdPorts;
  readonly #directory: string;
  readonly #options: EtcdServerOptions;
  /** `name=peer URL` of all members; of one alone at first. */
  readonly #cluster: string;
  #child: ChildProcess | undefined;
  #output = '';

  constructor(ports: EtcdPorts, directory: string, options: EtcdServerOptions, cluster?: string) {
    this.name = options.name ?? 'one';
    this.ports = ports;
    this.#directory = directory;
    this.#options = options;
    this.#cluster = cluster ?? `${this.name}=http://127.0.0.1:${ports.peer}`;
  }

  /** A cluster of one that answers. */
  static async start(options: EtcdServerOptions = {}): Promise<EtcdServer> {
    for (let attempt = 1; ; attempt += 1) {
      const server = new EtcdServer(await freePorts(), await mkdtemp(join(tmpdir(), 'ldc-etcd-')), options);
      try {
        await server.launch();
        await server.healthy();
        return server;
      } catch (error) {
        await server.stop();
        if (attempt === 5) throw error;
      }
    }
  }

  /** `host:port` for clients. */
  get endpoint(): string {
    return `127.0.0.1:${this.ports.client}`;
  }

  /** Starts the process, with whatever data its directory has; does not wait until it answers. */
  async launch(): Promise<void> {
    const child = spawn('etcd', this.#arguments(), { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    this.#output = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-4_000);
    });
    const killWithTest = (): void => void child.kill('SIGKILL');
    process.once('exit', killWithTest);
    child.once('exit', () => process.off('exit', killWithTest));
    child.once('error', (error) => {
      this.#output = error.message;
    });
    // Neither the process nor its output keeps a test alive that forgot to stop it: `exit` above then ends it.
    child.unref();
    if (child.stderr instanceof Socket) child.stderr.unref();
  }

  /** Waits until it answers a linearizable read: it is up and there is a leader. */
  async healthy(): Promise<void> {
    let hasEnded = false;
    await eventually(`etcd ${this.name} on port ${this.ports.client} is healthy`, async () => {
      hasEnded = this.#child?.exitCode !== null || this.#child.signalCode !== null;
      return hasEnded || (await this.#isHealthy());
    });
    if (hasEnded) throw new Error(`etcd ${this.name} ended: ${this.#output}`);
  }

  /** Stops answering, keeps its connections. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** At once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
    await this.healthy();
  }

  /** Kills it, loses all its data, and starts it again on the same ports. */
  async wipe(): Promise<void> {
    await this.kill();
    await rm(this.#data, { recursive: true, force: true });
    await this.launch();
    await this.healthy();
  }

  /** Copies its data to a directory that does not exist yet, while it is down for a moment: a backup. */
  async backUp(directory: string): Promise<void> {
    await this.kill();
    await cp(this.#data, directory, { recursive: true });
    await this.launch();
    await this.healthy();
  }

  /** Kills it, and starts it again on the same ports with the data of a backup. */
  async restore(directory: string): Promise<void> {
    await this.kill();
    await rm(this.#data, { recursive: true, force: true });
    await cp(directory, this.#data, { recursive: true });
    await this.launch();
    await this.healthy();
  }

  /** Ends it and removes its directory. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#directory, 'data');
  }

  async #isHealthy(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.ports.health}/health`, { signal: AbortSignal.timeout(2_000) });
    return ((await answer.json()) as { health?: string }).health === 'true';
  }

  #arguments(): string[] {
    const { tls, extra = [] } = this.#options;
    const client = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.ports.client}`;
    const peer = `http://127.0.0.1:${this.ports.peer}`;
    const certificates = tls === undefined ? [] : [`--cert-file=${tls.cert}`, `--key-file=${tls.key}`];
    const demands = tls?.clientCa === undefined ? [] : ['--client-cert-auth', `--trusted-ca-file=${tls.clientCa}`];
    return [
      `--name=${this.name}`,
      `--data-dir=${this.#data}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=${this.#cluster}`,
      `--listen-metrics-urls=http://127.0.0.1:${this.ports.health}`,
      '--log-level=error',
      '--logger=zap',
      ...certificates,
      ...demands,
      ...extra,
    ];
  }
}

export async function freePorts(): Promise<EtcdPorts> {
  return { client: await freePort(), peer: await freePort(), health: await freePort() };
}
