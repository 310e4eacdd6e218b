import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataCenterId, NodeId, RealmId } from '../../src/core/ids.ts';
import { identityUri } from '../../src/gateway/interlink/peer-identity.ts';
import { eventually } from './eventually.ts';
import { createTestAuthority, type TestAuthority } from './test-certificates.ts';
import type { WorkerRealm } from './worker-realm.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/ldc', import.meta.url));
/** A start loads the program three times, perhaps on a machine that does ten other things. */
const LIMIT_MS = 120_000;
/** Workers of a test, unless it says more. */
export const PATIENT = { startMs: LIMIT_MS };

export interface WorkerView {
  readonly worker: number;
  readonly pid: number;
  readonly state: string;
  readonly connections: { readonly door: number; readonly interlink: number };
  readonly table: { readonly epoch: number } | null;
  readonly guard: {
    readonly isOpen: boolean;
    readonly leftMs: number;
    readonly writesInFlight: number;
    readonly drained: readonly unknown[];
  } | null;
}

export interface GatewayStart {
  readonly args?: readonly string[];
  readonly config?: object;
  readonly node?: string;
}

export interface GatewayView {
  readonly table: { readonly epoch: number } | null;
  readonly guard: { readonly isOpen: boolean; readonly drained: readonly unknown[] };
  readonly unavailableCells: readonly string[];
  readonly workers: readonly WorkerView[];
}

type AnyRealm = Pick<WorkerRealm, 'directory' | 'storeUrl' | 'ends'>;

/** What gateways of one test trust. */
const AUTHORITIES = new WeakMap<AnyRealm, TestAuthority>();

/** `ldc gateway` in a process of its own, on a realm of the test's. */
export class GatewayProcess {
  readonly node: string;
  readonly directory: string;
  readonly configFile: string;
  readonly process: ChildProcess;
  ports: { readonly door: number; readonly admin: number; readonly interlink: number } = {
    door: 0,
    admin: 0,
    interlink: 0,
  };
  #output = '';

  private constructor(realm: AnyRealm, node: string, dataCenter: string, config: object, args: readonly string[]) {
    this.node = node;
    this.directory = join(realm.directory, this.node);
    mkdirSync(this.directory, { recursive: true });
    this.configFile = join(this.directory, 'gateway.json');
    this.writeConfig({ ...leastConfig(realm, this.node, dataCenter, this.directory), ...config });
    this.process = spawn(process.execPath, [PROGRAM, 'gateway', '--config', this.configFile, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const keep = (chunk: Buffer): void => {
      this.#output += chunk.toString();
    };
    this.process.stdout?.on('data', keep);
    this.process.stderr?.on('data', keep);
    this.process.on('error', (error) => keep(Buffer.from(error.message)));
  }

  /** Resolves when it serves, reaches its own cell and may admit. `config` is put over the least one, group by group. Gone with the realm. */
  static async start(
    realm: AnyRealm,
    dataCenter: 'e1' | 'w1',
    { args = ['--workers', '2'], config = {}, node = `gateway-${dataCenter}` }: GatewayStart = {},
  ): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(realm, node, dataCenter, config, args);
    realm.ends.push(() => gateway.kill());
    gateway.process.once('message', (message: { readonly ports: GatewayProcess['ports'] }) => {
      gateway.ports = message.ports;
    });
    await eventually(
      () => `the gateway serves; it said:\n${gateway.output}`,
      () => {
        if (gateway.hasEnded) throw new Error('it has ended');
        return gateway.ports.door !== 0;
      },
      LIMIT_MS,
    );
    await eventually(
      'the gateway is ready and its guard open',
      async () => {
        const { table, guard, unavailableCells } = await gateway.status();
        return (
          table !== null && guard.isOpen && !unavailableCells.includes(`R${dataCenter === 'e1' ? 1 : 2}-${dataCenter}`)
        );
      },
      LIMIT_MS,
    );
    return gateway;
  }

  /** All that it and its workers said so far. */
  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  get door(): string {
    return `http://127.0.0.1:${this.ports.door}`;
  }

  /** Lines of its log with this message. */
  said(message: string): number {
    return this.#output.split('\n').filter((line) => line.includes(`"msg":"${message}`)).length;
  }

  writeConfig(config: object): void {
    writeFileSync(this.configFile, JSON.stringify(config));
  }

  async status(): Promise<GatewayView> {
    const signal = AbortSignal.timeout(20_000);
    return (await (await fetch(`http://127.0.0.1:${this.ports.admin}/v1/status`, { signal })).json()) as GatewayView;
  }

  /** The workers that serve. */
  async workers(): Promise<readonly WorkerView[]> {
    return (await this.status()).workers.filter(({ state }) => state === 'serving');
  }

  /** The sum over all rows of a metric whose labels hold this text. */
  async metric(name: string, labels = ''): Promise<number> {
    const signal = AbortSignal.timeout(20_000);
    const text = await (await fetch(`http://127.0.0.1:${this.ports.admin}/metrics`, { signal })).text();
    const rows = text.split('\n').filter((line) => /^[^#]/.test(line) && line.split(/[{ ]/)[0] === name);
    return rows.filter((row) => row.includes(labels)).reduce((sum, row) => sum + Number(row.split(' ').at(-1)), 0);
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Ends it in order; returns its exit code. */
  async stop(): Promise<number | null> {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
    return this.process.exitCode;
  }

  /** At once, if it has not ended; its workers end by themselves. */
  async kill(): Promise<void> {
    if (this.hasEnded || this.process.pid === undefined) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }
}

function leastConfig(realm: AnyRealm, node: string, dataCenter: string, directory: string): object {
  let authority = AUTHORITIES.get(realm);
  if (authority === undefined) {
    authority = createTestAuthority();
    AUTHORITIES.set(realm, authority);
  }
  const identity = { realm: 'test' as RealmId, dataCenter: dataCenter as DataCenterId, node: node as NodeId };
  const uris = [identityUri(identity)];
  const { certPem, keyPem } = authority.issue({ commonName: node, uris });
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(ca, authority.caPem);
  writeFileSync(cert, certPem);
  writeFileSync(key, keyPem);
  return {
    node,
    realm: 'test',
    dataCenter,
    directory,
    store: { url: realm.storeUrl },
    door: { port: 0, debugHeaders: true, drainIdleMs: 500, drainMs: 5_000 },
    admin: { port: 0, token: 'a token of a test' },
    interlink: { port: 0, ca, cert, key },
    cells: { slowStartMs: 1 },
    workers: PATIENT,
  };
}
