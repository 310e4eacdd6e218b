import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlProcess } from './control-process.ts';
import { eventually } from './eventually.ts';
import { GateRelays } from './gate-relays.ts';
import { OperatorCalls } from './operator-calls.ts';
import { RunningFleet } from './running-fleet.ts';

export const DRILL_DATA_CENTERS = ['n-a', 'n-b', 's-a'] as const;
/** L of these fleets, ms, unless a test says otherwise. */
export const HORIZON_MS = 300;
/** Longer than a test lasts: a node with it leads only what nobody ever led. */
const NEVER_MS = 600_000;
/** Of the reference unit. */
const GATE_CALL_MS = 15_000;

/** Control processes that go on soon after their leader is gone, and wait for gates for as long as a test holds these. */
const QUICK_OPERATIONS = {
  leaderMs: 500,
  rereadMs: 100,
  gateMs: 4_000,
  checkMs: 30_000,
  silentMs: 30_000,
  freezeCapMs: 32_000,
  takeoverAllowanceMs: 1_000,
  backOffMs: 200,
  followRetryMs: 100,
  parallel: 16,
};

interface ControlConfig {
  readonly gates: Readonly<Record<string, { readonly url: string }>>;
  readonly operations: object;
}

export interface DrillOptions {
  readonly rules: string;
  /** L, ms. */
  readonly horizonMs?: number;
  /** `etcd://…`; default: embedded. */
  readonly store?: string;
  /** Settings of operations of all control processes, over QUICK_OPERATIONS. */
  readonly operations?: object;
  /** Copies that the ledger waits for; default: those of all cities. */
  readonly acknowledge?: 'same-city' | 'remote';
  /** Control processes beside the fleet's own, which then never leads. */
  readonly controls?: readonly string[];
  /** Processes of each gateway that serve connections; default: it does everything itself. */
  readonly workers?: number;
}

/** A small fleet of real processes with relays in front of its gates, and control processes that a test may kill. */
export class DrillFleet {
  readonly fleet: RunningFleet;
  readonly relays: GateRelays;
  /** Calls of the fleet's own control process. */
  readonly operator: OperatorCalls;
  readonly controls: ReadonlyMap<string, ControlProcess>;
  /** `etcd://…`; null: the embedded store, `store.db` in the fleet's directory. */
  readonly storeUrl: string | null;
  readonly #directory: string;

  private constructor(
    fleet: RunningFleet,
    relays: GateRelays,
    controls: readonly ControlProcess[],
    storeUrl: string | null,
  ) {
    this.storeUrl = storeUrl;
    this.fleet = fleet;
    this.relays = relays;
    this.#directory = fleet.directory;
    this.controls = new Map(controls.map((control) => [control.node, control]));
    const { token } = fleet.read<{ token: string }>('operator.json');
    this.operator = new OperatorCalls(fleet.control, token);
  }

  static async start(options: DrillOptions): Promise<DrillFleet> {
    const { rules, store, controls = [], acknowledge = 'remote', operations = {}, horizonMs = HORIZON_MS } = options;
    const { workers = 0 } = options;
    const directory = mkdtempSync(join(tmpdir(), 'ldc-drill-'));
    const file = join(directory, 'drill.yaml');
    writeFileSync(file, rules);
    const args = ['--rules', file, '--guard-horizon', String(horizonMs), '--workers', String(workers)];
    const more = store === undefined ? [] : ['--store', store];
    const fleet = await RunningFleet.start({ args: [...args, ...more], directory });
    const given = fleet.read<ControlConfig>('config/control-1.json');
    const urls = Object.entries(given.gates).map(([name, { url }]) => [name, url] as const);
    const relays = await GateRelays.start(Object.fromEntries(urls));
    const relayed = Object.entries(given.gates).map(([name, gate]) => [name, { ...gate, url: relays.urlOf(name) }]);
    const config = {
      ...given,
      gates: Object.fromEntries(relayed),
      operations: { ...given.operations, ...QUICK_OPERATIONS, horizonMs, ...operations },
    };
    const beside = controls.map((node) => new ControlProcess(node, directory, config));
    const drill = new DrillFleet(fleet, relays, beside, store ?? null);
    try {
      const leaderMs = controls.length === 0 ? QUICK_OPERATIONS.leaderMs : NEVER_MS;
      fleet.reconfigure('control-1', () => ({ ...config, operations: { ...config.operations, leaderMs } }));
      for (const name of DRILL_DATA_CENTERS) {
        if (acknowledge !== 'same-city') fleet.reconfigure(`cells-${name}`, (own) => ({ ...own, acknowledge }));
      }
      await Promise.all(beside.map((control) => control.start()));
      await drill.#ready();
    } catch (error) {
      await drill.stop();
      throw error;
    }
    return drill;
  }

  /** Every door, for writers. */
  doors(): readonly string[] {
    return DRILL_DATA_CENTERS.map((name) => this.fleet.door(name));
  }

  /** Keeps a data center's entries back from another city for so long; 0: not at all. */
  async delayReplication(from: string, to: string, delayMs: number): Promise<void> {
    const { peerToken } = this.fleet.read<{ peerToken: string }>('secrets.json');
    const response = await fetch(`${this.relays.gateOf(from)}/replication/delay`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${peerToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ delayMs, dataCenter: to }),
      signal: AbortSignal.timeout(GATE_CALL_MS),
    });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  }

  /** The control process that carries operations out now, by its own word; it is not the one that was killed. */
  async leader(killed?: ControlProcess): Promise<ControlProcess> {
    const { token } = this.fleet.read<{ token: string }>('operator.json');
    const others = [...this.controls.values()].filter((control) => control !== killed);
    return eventually('a control process leads', async () => {
      for (const control of others) {
        const { leader } = await new OperatorCalls(control.url, token).operations();
        if (leader?.node === control.node) return control;
      }
      return null;
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.controls.values()].map((control) => control.kill()));
    await this.relays.stop();
    await this.fleet.end('SIGINT');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    await eventually(
      'the control process is there again',
      async () => (await this.operator.table()).epoch >= 1,
      60_000,
    );
    if (this.controls.size > 0) await this.leader();
    await this.fleet.serves(DRILL_DATA_CENTERS);
    await eventually(
      'every data center answers as control sees it',
      async () => {
        const { sources, targets } = await this.operator.plan({ kind: 'failover', dataCenter: 's-a' });
        return [...sources, ...targets].every(({ answers }) => answers === 'yes');
      },
      60_000,
    );
  }
}
