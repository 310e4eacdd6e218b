import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Epoch } from '../../src/core/ids.ts';
import { FREEZING, type ShardColumns } from '../../src/core/shard-columns.ts';
import { shardsAtHome } from '../../src/core/table.ts';
import { indexTopology, NONE, type Topology } from '../../src/core/topology.ts';
import type { TopologyDocument } from '../../src/core/topology-document.ts';
import type { CoordStore } from '../../src/store/coord-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { decodeGuard, GUARD_PREFIX, type GuardRecord } from '../../src/store/records/guard-record.ts';
import { HEAD_KEY } from '../../src/store/records/head-record.ts';
import { writeTable } from '../../src/store/records/table-writer.ts';
import { machineClock } from './machine-clock.ts';
import { RecordingCell } from './recording-cell.ts';
import { seededRandom } from './seeded-random.ts';
import { unit } from './small-world.ts';
import { INCARNATION, route, threeCities } from './three-cities.ts';

export const OPERATION = 'op-1';

/** Whoever ends what was started: a test. */
interface Owner {
  after(end: () => Promise<void>): void;
}

interface AnyCell {
  readonly port: number;
  close(): Promise<void>;
}

const HEALTH = { path: '/probe', intervalMs: 200, timeoutMs: 5_000, unhealthyAfter: 3, healthyAfter: 1 };

/**
 * A realm of two data centers with a unit and a cell each, for gateways that a test starts and whose tables it writes itself: users
 * that end with 0 to 4 belong to e1, the others to w1.
 */
export class WorkerRealm<Cell extends AnyCell = RecordingCell> {
  readonly directory: string;
  readonly store: CoordStore;
  readonly cells: Readonly<Record<'e1' | 'w1', Cell>>;
  /** Ends what runs on this realm, last first, before the realm itself is gone. */
  readonly ends: (() => Promise<unknown>)[] = [];
  readonly #topology: Topology;
  #epoch = 0;

  private constructor(directory: string, cells: WorkerRealm<Cell>['cells']) {
    this.directory = directory;
    this.cells = cells;
    this.#topology = indexTopology(documentOf(cells));
    this.store = openStore({
      url: this.storeUrl,
      realm: 'test',
      clock: machineClock,
      random: seededRandom(1),
      // Disks of busy machines stand still for seconds.
      settings: { changePollMs: 20, readMs: 30_000, transactMs: 30_000 },
    });
  }

  /** With its first table and cells that record; gone with the test. */
  static async start(t: Owner): Promise<WorkerRealm> {
    return WorkerRealm.startWith(t, { e1: await RecordingCell.start(), w1: await RecordingCell.start() });
  }

  /** With cells of one's own. */
  static async startWith<Cell extends AnyCell>(
    t: Owner,
    cells: WorkerRealm<Cell>['cells'],
  ): Promise<WorkerRealm<Cell>> {
    const directory = mkdtempSync(join(tmpdir(), 'ldc-workers-'));
    const realm = new WorkerRealm(directory, cells);
    t.after(async () => {
      for (const end of realm.ends.reverse()) await end();
      await Promise.all([realm.store.close(), cells.e1.close(), cells.w1.close()]);
      rmSync(directory, { recursive: true, force: true });
    });
    await realm.write(() => undefined);
    return realm;
  }

  get storeUrl(): string {
    return `embedded:${join(this.directory, 'store.db')}`;
  }

  /** The newest table's epoch. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Writes the next table: all shards at home, but for what `change` does. Returns its epoch. */
  async write(change: (shards: ShardColumns, epoch: number) => void): Promise<number> {
    this.#epoch += 1;
    const epoch = this.#epoch as Epoch;
    const shards = shardsAtHome(this.#topology, 1 as Epoch);
    change(shards, epoch);
    const content = { incarnation: INCARNATION, epoch, topology: this.#topology, overrides: [], shards };
    const [head] = (await this.store.read([HEAD_KEY])).entries;
    await writeTable(this.store, content, head?.version ?? null);
    return epoch;
  }

  /** The operation takes the shards of e1's unit away from it. */
  freeze(): Promise<number> {
    return this.write((shards, epoch) => {
      for (let shard = 0; shard < 5; shard += 1) {
        shards.previous[shard] = shards.owner[shard] as number;
        shards.state[shard] = FREEZING;
        shards.epoch[shard] = epoch;
        shards.owner[shard] = NONE;
        shards.primary[shard] = NONE;
        shards.operation.set(shard, OPERATION);
      }
    });
  }

  /** All shards at home again, at an epoch of their own: an abort. */
  thaw(): Promise<number> {
    return this.write((shards, epoch) => {
      for (let shard = 0; shard < 5; shard += 1) shards.epoch[shard] = epoch;
    });
  }

  /** The records of the guards that there are. */
  async guards(): Promise<GuardRecord[]> {
    const { entries } = await this.store.snapshot(GUARD_PREFIX);
    return entries.map(({ key, value }) => decodeGuard(key, value));
  }
}

function documentOf(cells: WorkerRealm<AnyCell>['cells']): TopologyDocument {
  const own = (id: string, name: 'e1' | 'w1', home: [number, number], other: string) => {
    const made = unit('R', id, { [name]: 100 }, { home: [home], remoteTargets: [other] });
    const instances = [`127.0.0.1:${cells[name].port}`];
    return { ...made, cells: made.cells.map((cell) => ({ ...cell, instances, health: HEALTH, maxConcurrent: 1_000 })) };
  };
  return threeCities({
    shardRule: { name: 'digits/1', digits: 1, fromEnd: 0 },
    cities: [
      { id: 'east', dataCenters: ['e1'] },
      { id: 'west', dataCenters: ['w1'] },
    ],
    units: [own('R1', 'e1', [0, 4], 'R2'), own('R2', 'w1', [5, 9], 'R1')],
    routes: [route({ identity: [{ type: 'header', name: 'x-user-id' }] })],
  });
}
