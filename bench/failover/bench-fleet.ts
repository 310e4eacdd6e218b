import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationView, TableAnswer } from '../../src/control/api-types.ts';
import { eventually } from '../../test/support/eventually.ts';
import { processesNaming } from '../../test/support/process-tree.ts';
import { RunningFleet } from '../../test/support/running-fleet.ts';
import { type LedgerCopy, readLedger } from './ledger-copy.ts';
import { shardNames } from './shard-names.ts';

export const DATA_CENTERS = ['sh-a', 'sh-b', 'hz-a', 'hz-b', 'sz-a'] as const;

const CALL_LIMIT_MS = 5_000;
const END_LIMIT_MS = 30_000;

export interface CarriedOut {
  readonly operation: OperationView;
  /** When the command was given, on the clock of `performance.now()`. */
  readonly commandAt: number;
}

/** The reference fleet for a benchmark: its operator, the sudden death of data centers, and its ledgers after the end. */
export class BenchFleet {
  readonly #fleet: RunningFleet;
  readonly #directory: string;

  private constructor(fleet: RunningFleet, directory: string) {
    this.#fleet = fleet;
    this.#directory = directory;
  }

  static async start(args: readonly string[]): Promise<BenchFleet> {
    const directory = mkdtempSync(join(tmpdir(), 'ldc-bench-failover-'));
    try {
      return new BenchFleet(await RunningFleet.start({ args, directory }), directory);
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get directory(): string {
    return this.#directory;
  }

  get doors(): ReadonlyMap<string, string> {
    return new Map(DATA_CENTERS.map((dataCenter) => [dataCenter, this.#fleet.door(dataCenter)]));
  }

  /** Gives a command of the operator (`failover dc sz-a`) and waits for it. Throws if it did not end in a served state. */
  async carryOut(command: string): Promise<CarriedOut> {
    const commandAt = performance.now();
    const { code, stdout, stderr } = await this.#fleet.ldc(...command.split(' '), '--yes', '--json');
    if (code !== 0) throw new Error(`ldc ${command}: exit code ${code}\n${stdout}\n${stderr}`);
    return { operation: JSON.parse(stdout) as OperationView, commandAt };
  }

  /** Makes a data center's way to other cities slow, so that copies there lag. */
  async delayReplication(dataCenter: string, delayMs: number): Promise<void> {
    const config = this.#json(`config/cells-${dataCenter}.json`) as { port: number; peerToken: string };
    await this.#call(`http://127.0.0.1:${config.port}/replication/delay`, config.peerToken, { delayMs });
  }

  /**
   * All processes of these data centers die at once, and their directories are gone. The fleet's own process, which would
   * start them again, is stopped for good: nothing but their restart hangs on it.
   */
  destroy(dataCenters: readonly string[]): void {
    const children = this.#fleet.children();
    this.#fleet.process.kill('SIGSTOP');
    const names = dataCenters.flatMap((name) => [`gateway-${name}-1`, `cells-${name}`]);
    for (const name of names) process.kill(children.get(name) as number, 'SIGKILL');
    for (const name of dataCenters) {
      // Not deleted: what was acknowledged there is evidence. Nothing of the fleet knows the new place.
      renameSync(this.#place(name), this.#place(`lost-${name}`));
      rmSync(join(this.#directory, 'nodes', `gateway-${name}-1`), { recursive: true, force: true });
    }
  }

  /** Final owner's data center by shard. */
  async primaries(): Promise<ReadonlyMap<string, string>> {
    const { endpoints, token } = this.#json('operator.json') as { endpoints: string[]; token: string };
    const { shards } = (await this.#call(`${endpoints[0]}/v1/table`, token)) as TableAnswer;
    return new Map(
      shards.flatMap((run) => shardNames(run.shards).map((name): [string, string] => [name, run.primary ?? ''])),
    );
  }

  /** Ends all processes and gives the ledgers that they left, the lost ones as `lost-NAME`. */
  async end(): Promise<ReadonlyMap<string, LedgerCopy>> {
    await this.#endProcesses();
    const names = [...DATA_CENTERS, ...DATA_CENTERS.map((name) => `lost-${name}`)];
    const found = names
      .filter((name) => existsSync(this.#place(name)))
      .map((name) => readLedger(this.#place(name), name));
    return new Map(found.map((copy) => [copy.dataCenter, copy]));
  }

  /** Ends all processes and removes everything; also after `end`. */
  async dispose(): Promise<void> {
    await this.#endProcesses();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #endProcesses(): Promise<void> {
    if (!this.#fleet.hasEnded) {
      // The processes see that the fleet's own one is gone, and end by themselves; a stopped one takes this signal only.
      await this.#fleet.end('SIGKILL');
    }
    await eventually(
      () => `the fleet's processes end: ${JSON.stringify(processesNaming(this.#directory))}`,
      () => processesNaming(this.#directory).length === 0,
      END_LIMIT_MS,
    );
  }

  #place(dataCenter: string): string {
    return join(this.#directory, 'data-centers', dataCenter);
  }

  #json(file: string): unknown {
    return JSON.parse(readFileSync(join(this.#directory, file), 'utf8'));
  }

  async #call(url: string, token: string, body?: object): Promise<unknown> {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
}
