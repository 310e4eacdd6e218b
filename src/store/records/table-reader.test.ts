import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CountingStore } from '../../../test/support/counting-store.ts';
import { embeddedRealm } from '../../../test/support/embedded-realm.ts';
import { smallWorld, unit } from '../../../test/support/small-world.ts';
import { INCARNATION } from '../../../test/support/three-cities.ts';
import type { Epoch } from '../../core/ids.ts';
import { shardsAtHome } from '../../core/table.ts';
import { indexTopology } from '../../core/topology.ts';
import type { CoordStore } from '../coord-store.ts';
import { chunkKey, encodeHead, HEAD_KEY } from './head-record.ts';
import { RecordError } from './record-error.ts';
import { TableReader } from './table-reader.ts';
import { encodeTable, type TableContent } from './table-record.ts';
import { writeTable } from './table-writer.ts';

const SHARDS = 20_000;
const topology = indexTopology(
  smallWorld({
    shardRule: { name: 'hash/1', shards: SHARDS },
    units: [
      unit('R', 'R1', { e1: 100 }, { home: [[0, SHARDS - 1]] }),
      unit('G', 'G1', { e1: 100 }, { globalHome: true }),
    ],
  }),
);
const shards = shardsAtHome(topology, 1 as Epoch);
// Equal chunks have one name: only their first shard makes them differ.
for (let shard = 0; shard < SHARDS; shard += 4096)
  shards.fill(shard, shard, { ...shards.at(0 as never), operation: `op-${shard}` });
const content = (epoch: number): TableContent => ({
  incarnation: INCARNATION,
  epoch: epoch as Epoch,
  topology,
  overrides: [],
  shards,
});

async function write(store: CoordStore, table: TableContent): Promise<void> {
  const [head] = (await store.read([HEAD_KEY])).entries;
  const { result } = await writeTable(store, table, head?.version ?? null);
  assert.equal(result.kind, 'committed');
}

test('there is no table in an empty store', async (t) => {
  const store = (await embeddedRealm(t)).open();
  assert.equal(await new TableReader(store, 'test').read(), null);
});

test('only the head is asked for while nothing changes, and only new chunks when it does', async (t) => {
  const store = new CountingStore((await embeddedRealm(t)).open());
  await write(store, content(1));
  const reader = new TableReader(store, 'test');
  store.reads.length = 0;
  const first = await reader.read();
  assert.equal(store.reads.length, 1 + 1 + 5 + 1, 'head, topology, five shard chunks, overrides');
  store.reads.length = 0;
  assert.equal(await reader.read(), first);
  assert.deepEqual(store.reads, [HEAD_KEY]);
  const moved = shards.copy();
  moved.fill(5000, 5000, { ...shards.at(0 as never), epoch: 2 as Epoch });
  await write(store, { ...content(2), shards: moved });
  store.reads.length = 0;
  const second = await reader.read();
  assert.equal(second?.table.epoch, 2);
  assert.equal(second?.table.shards.epoch[5000], 2);
  assert.equal(second?.table.topology, first?.table.topology, 'the topology is lent');
  assert.equal(store.reads.length, 2, `head and one chunk: ${store.reads}`);
});

test('a write of a table that somebody else changed meanwhile conflicts, and changes nothing', async (t) => {
  const store = (await embeddedRealm(t)).open();
  await write(store, content(1));
  const { result } = await writeTable(store, content(2), null);
  assert.equal(result.kind, 'conflict');
  assert.equal((await new TableReader(store, 'test').read())?.table.epoch, 1);
});

test('what goes with a table is written with it or not at all', async (t) => {
  const store = (await embeddedRealm(t)).open();
  const with1 = { conditions: [{ key: 'term', version: null }], writes: [{ key: 'term', value: '1' }] };
  assert.equal((await writeTable(store, content(1), null, with1)).result.kind, 'committed');
  const [head] = (await store.read([HEAD_KEY])).entries;
  assert.equal((await writeTable(store, content(2), head?.version ?? null, with1)).result.kind, 'conflict');
  assert.equal((await new TableReader(store, 'test').read())?.table.epoch, 1);
});

test('a head whose chunks stay away is a bad record after a bounded number of reads; the last good reading stays', async (t) => {
  const store = new CountingStore((await embeddedRealm(t)).open());
  await write(store, content(1));
  const reader = new TableReader(store, 'test');
  const good = await reader.read();
  const moved = shards.copy();
  moved.fill(7, 7, { ...shards.at(0 as never), epoch: 2 as Epoch });
  const { head } = encodeTable({ ...content(2), shards: moved });
  await store.transact([], [{ key: HEAD_KEY, value: encodeHead(head) }]);
  store.reads.length = 0;
  await assert.rejects(reader.read(), (error) => error instanceof RecordError && /does not have/.test(error.message));
  assert.ok(store.reads.length <= 10, `${store.reads.length} reads`);
  await write(store, content(3));
  store.reads.length = 0;
  assert.equal((await reader.read())?.table.epoch, 3);
  assert.deepEqual(store.reads, [HEAD_KEY], 'the chunks of the last good reading are known');
  assert.equal(good?.table.epoch, 1);
});

test('a head that changes between its read and its chunks is read again', async (t) => {
  const store = new CountingStore((await embeddedRealm(t)).open());
  await write(store, content(1));
  const moved = shards.copy();
  moved.fill(7, 7, { ...shards.at(0 as never), epoch: 2 as Epoch });
  const gone = encodeTable(content(1)).head.shards[0] ?? '';
  let reads = 0;
  store.gate = async () => {
    reads += 1;
    if (reads !== 2) return;
    store.gate = () => Promise.resolve();
    await write(store, { ...content(2), shards: moved });
    await store.transact([], [{ key: chunkKey(gone), value: null }]);
  };
  assert.equal((await new TableReader(store, 'test').read())?.table.epoch, 2);
});
