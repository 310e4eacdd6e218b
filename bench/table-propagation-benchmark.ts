import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Epoch, Incarnation } from '../src/core/ids.ts';
import { shardsAtHome } from '../src/core/table.ts';
import { indexTopology } from '../src/core/topology.ts';
import { parseRuleset } from '../src/ruleset/parse-ruleset.ts';
import type { CoordStore } from '../src/store/coord-store.ts';
import { openStore } from '../src/store/open-store.ts';
import { writeTable } from '../src/store/records/table-writer.ts';
import { EtcdServer } from '../test/support/etcd-server.ts';
import { machineClock as clock } from '../test/support/machine-clock.ts';
import { RunningFleet } from '../test/support/running-fleet.ts';
import { seededRandom } from '../test/support/seeded-random.ts';
import type { Benchmark, Scale } from './benchmark.ts';
import { type Figure, figure, type Target } from './figure.ts';
import { GatewayEpochs } from './propagation/gateway-epochs.ts';
import { ManyFeeds } from './propagation/many-feeds.ts';
import { type Propagation, propagations } from './propagation/table-changes.ts';
import { percentile } from './statistics.ts';

const TARGET: Target = { bound: 'at most', value: 100 };
const RULES = new URL('../rules/three-cities.yaml', import.meta.url);
const REALM = 'reference';
const FEEDS = 200;
const GATEWAYS = 5;

/** From a table's way into the store to its being in force everywhere. */
export const tablePropagationBenchmark: Benchmark = {
  name: 'table-propagation',
  title: 'A table change, until it is in force everywhere',
  what:
    'The table of the reference ruleset; every change is one override (a chunk and the head), the next comes when all have it. From before it is ' +
    'written to the last that runs it. Gateways: five processes of a fleet, by what they write into the store of themselves, which takes ' +
    'longer than to be in force. Feeds: 200 table feeds of one process on one store, which all read, check and index the table for ' +
    'themselves (no snapshot files); embedded store, and one real etcd on the same machine.',
  run: propagationFigures,
};

async function propagationFigures(scale: Scale, say: (line: string) => void): Promise<Figure[]> {
  const isFull = scale === 'full';
  const [changes, feeds] = isFull ? [200, FEEDS] : [3, 10];
  const figures: Figure[] = [];
  const add = (name: string, found: readonly Propagation[]): void => {
    figures.push(...figuresOf(name, found));
    say(`${name}: done`);
  };
  add(`${GATEWAYS} gateways, embedded store`, await throughFleet(changes));
  add(
    `${feeds} feeds, embedded store`,
    await withDirectory((file) => throughFeeds(`embedded:${file}`, feeds, changes)),
  );
  const etcd = await EtcdServer.start();
  try {
    add(`${feeds} feeds, etcd`, await throughFeeds(`etcd://${etcd.endpoint}`, feeds, changes));
  } finally {
    await etcd.stop();
  }
  return figures;
}

function figuresOf(name: string, found: readonly Propagation[]): Figure[] {
  const last = found.map((times) => Math.max(...times));
  const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
  const line = (what: string, values: readonly number[], target?: Target): Figure =>
    figure({ name: `${name}: ${what}`, unit: 'ms', values, ...(target === undefined ? {} : { target }) });
  return [
    line('in force at one of them', found.flat()),
    line('in force at all of them', last),
    line('in force at all of them, 99 % of the changes within', [percentile(sorted(last), 99)], TARGET),
  ];
}

async function throughFleet(changes: number): Promise<readonly Propagation[]> {
  const fleet = await RunningFleet.start();
  try {
    return await withStore(`embedded:${join(fleet.directory, 'store.db')}`, async (store) => {
      const gateways = new GatewayEpochs(store);
      try {
        await gateways.known(GATEWAYS);
        return await propagations(store, REALM, gateways, changes);
      } finally {
        await gateways.close();
      }
    });
  } finally {
    await fleet.stop();
  }
}

function throughFeeds(url: string, count: number, changes: number): Promise<readonly Propagation[]> {
  return withStore(url, (writer) =>
    withStore(url, async (store) => {
      await writeFirstTable(writer);
      const feeds = new ManyFeeds(store, REALM, count);
      try {
        await feeds.start();
        return await propagations(writer, REALM, feeds, changes);
      } finally {
        await feeds.close();
      }
    }),
  );
}

async function writeFirstTable(store: CoordStore): Promise<void> {
  const parsed = parseRuleset(readFileSync(RULES, 'utf8'), 'three-cities.yaml');
  if (!parsed.ok) throw new Error(parsed.mistakes[0]?.message);
  const topology = indexTopology(parsed.document);
  const incarnation = '00000000-0000-4000-8000-000000000001' as Incarnation;
  const epoch = 1 as Epoch;
  await writeTable(store, { incarnation, epoch, topology, overrides: [], shards: shardsAtHome(topology, epoch) }, null);
}

async function withStore<T>(url: string, use: (store: CoordStore) => Promise<T>): Promise<T> {
  const store = openStore({ url, realm: REALM, clock, random: seededRandom(1) });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function withDirectory<T>(use: (file: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'ldc-bench-table-'));
  try {
    return await use(join(directory, 'store.db'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
