import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { OperatorCalls } from './operator-calls.ts';
import { RunningFleet } from './running-fleet.ts';
import type { LoadRequest } from './steady-load.ts';

export const FIVE = ['sh-a', 'sh-b', 'hz-a', 'hz-b', 'sz-a'] as const;
/**
 * The reference with more time for other data centers: a dozen processes on two cores, with other tests beside them, can keep one
 * waiting for a second, and failovers are not about that.
 */
const PATIENT = readFileSync(new URL('../../rules/three-cities.yaml', import.meta.url), 'utf8').replace(
  'onMissing: reject',
  'onMissing: reject\n    timeouts: {connectMs: 10000}',
);

/** The reference fleet with an operator. */
export class ThreeCityFleet {
  readonly fleet: RunningFleet;
  readonly operator: OperatorCalls;

  private constructor(fleet: RunningFleet) {
    this.fleet = fleet;
    this.operator = new OperatorCalls(fleet.control, fleet.read<{ token: string }>('operator.json').token);
  }

  /** `acknowledge`: the copies that the ledger waits for, and what control believes of it. */
  static async start(acknowledge: 'same-city' | 'remote' = 'same-city'): Promise<ThreeCityFleet> {
    const directory = mkdtempSync(join(tmpdir(), 'ldc-cities-'));
    const rules = join(directory, 'patient.yaml');
    writeFileSync(rules, PATIENT);
    const cities = new ThreeCityFleet(await RunningFleet.start({ args: ['--rules', rules], directory }));
    try {
      if (acknowledge === 'remote') cities.#acknowledgeRemotely();
      await cities.#ready();
    } catch (error) {
      await cities.stop();
      throw error;
    }
    return cities;
  }

  doors(but: readonly string[] = []): readonly string[] {
    return FIVE.filter((name) => !but.includes(name)).map((name) => this.fleet.door(name));
  }

  /** Reads of all shards through all doors. */
  nextRead(n: number): LoadRequest {
    const door = this.fleet.door(FIVE[n % FIVE.length] ?? '');
    const headers = { 'x-user-id': `60${String(n % 9_973).padStart(6, '0')}` };
    return { url: `${door}${n % 2 === 0 ? '/ledger/balance' : '/whoami'}`, headers };
  }

  /** Keeps a data center's entries back from all other cities for so long. */
  async delayReplication(from: string, delayMs: number): Promise<void> {
    const { gates } = this.fleet.read<{ gates: Record<string, { url: string; token: string }> }>(
      'config/control-1.json',
    );
    const gate = gates[from];
    const response = await fetch(`${gate?.url}/replication/delay`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${gate?.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ delayMs }),
      signal: AbortSignal.timeout(20_000),
    });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  }

  async stop(): Promise<void> {
    await this.fleet.end('SIGINT');
    rmSync(this.fleet.directory, { recursive: true, force: true });
  }

  #acknowledgeRemotely(): void {
    for (const name of FIVE) this.fleet.reconfigure(`cells-${name}`, (own) => ({ ...own, acknowledge: 'remote' }));
    this.fleet.reconfigure('control-1', (own) => {
      const gates = Object.entries(own.gates as Record<string, object>);
      return {
        ...own,
        gates: Object.fromEntries(gates.map(([name, gate]) => [name, { ...gate, acknowledges: 'remote' }])),
      };
    });
  }

  async #ready(): Promise<void> {
    await this.fleet.serves(FIVE);
    await eventually(
      'a control process leads, and every data center answers',
      async () => {
        const { leader } = await this.operator.operations();
        const { sources, targets } = await this.operator.plan({ kind: 'failover', city: 'hangzhou' });
        const { sources: more } = await this.operator.plan({ kind: 'failover', dataCenter: 'sz-a' });
        return leader !== null && [...sources, ...targets, ...more].every(({ answers }) => answers === 'yes');
      },
      60_000,
    );
  }
}

/** A user of every fourth shard, from the given one on. */
export function usersOf(prefix: string, first = 1): readonly string[] {
  return Array.from({ length: 25 }, (_, n) => `${prefix}${String(n * 4 + first).padStart(2, '0')}`);
}

export function shardOf(userId: string): number {
  return Number(userId.slice(-2));
}
