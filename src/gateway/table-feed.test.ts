import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CountingStore } from '../../test/support/counting-store.ts';
import { type EmbeddedRealm, embeddedRealm } from '../../test/support/embedded-realm.ts';
import { eventually } from '../../test/support/eventually.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { HandClock } from '../../test/support/hand-clock.ts';
import { machineClock } from '../../test/support/machine-clock.ts';
import { smallWorld } from '../../test/support/small-world.ts';
import { INCARNATION } from '../../test/support/three-cities.ts';
import { snapshotFile } from '../app/snapshot-file.ts';
import type { Epoch, Incarnation } from '../core/ids.ts';
import { shardsAtHome, type Table } from '../core/table.ts';
import { indexTopology } from '../core/topology.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { HEAD_KEY } from '../store/records/head-record.ts';
import { encodeTable, type TableContent } from '../store/records/table-record.ts';
import { encodeTableSnapshot } from '../store/records/table-snapshot.ts';
import { writeTable } from '../store/records/table-writer.ts';
import { TableFeed, type TableFeedEvent, type TableFeedParts } from './table-feed.ts';

const topology = indexTopology(smallWorld());

function content(epoch: number, incarnation = INCARNATION, author = 'a'): TableContent {
  const override = { unit: 'R1', weights: { 'R1-e1': 60, 'R1-e2': 40 }, author, reason: 'r', expiresAt: null };
  return {
    incarnation,
    epoch: epoch as Epoch,
    topology,
    overrides: [override],
    shards: shardsAtHome(topology, 1 as Epoch),
  };
}

async function write(store: CoordStore, table: TableContent): Promise<void> {
  const [head] = (await store.read([HEAD_KEY])).entries;
  await writeTable(store, table, head?.version ?? null);
}

interface Bench {
  readonly feed: TableFeed;
  readonly events: TableFeedEvent[];
  readonly applied: number[];
  readonly snapshot: string;
  words(): string[];
}

/** A feed on a store, with its snapshot in the realm's directory; closed with the test. */
function feedOn(t: TestContext, realm: EmbeddedRealm, store: CoordStore, over: Partial<TableFeedParts> = {}): Bench {
  const snapshot = join(realm.directory, 'table.snapshot');
  const events: TableFeedEvent[] = [];
  const applied: number[] = [];
  const feed = new TableFeed({
    store,
    realm: 'test',
    clock: machineClock,
    snapshot: snapshotFile(snapshot),
    settings: { pollMs: 30 },
    apply: (table: Table) => void applied.push(table.epoch),
    onEvent: (event) => void events.push(event),
    ...over,
  });
  t.after(() => feed.close());
  const words = (): string[] =>
    events.map((event) =>
      event.kind === 'refused'
        ? event.reason
        : event.kind === 'applied'
          ? `${event.from} ${event.table.epoch}`
          : event.kind,
    );
  return { feed, events, applied, snapshot, words };
}

test('a table is in force when start resolves, and each later one soon after it was written', async (t) => {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  await write(store, content(1));
  const { feed, applied } = feedOn(t, realm, store);
  await feed.start();
  assert.equal(feed.current?.epoch, 1);
  for (const epoch of [2, 3, 9]) {
    await write(store, content(epoch));
    await eventually(`epoch ${epoch} is in force`, () => feed.current?.epoch === epoch);
  }
  assert.deepEqual(applied, [1, 2, 3, 9]);
});

test('an empty store gives no table and no event; its first table is taken', async (t) => {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  const { feed, events } = feedOn(t, realm, store);
  await feed.start();
  assert.equal(feed.current, null);
  assert.deepEqual(events, []);
  await write(store, content(1));
  await eventually('the first table', () => feed.current?.epoch === 1);
});

test('a store that was wiped and made anew is refused, loudly, while the last table stays', async (t) => {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  await write(store, content(7));
  const { feed, events } = feedOn(t, realm, store);
  await feed.start();
  await write(store, content(8, '00000000-0000-4000-8000-000000000002' as Incarnation));
  await eventually('the refusal', () => events.find((event) => event.kind === 'refused' && event.reason === 'foreign'));
  assert.equal(feed.current?.epoch, 7);
  await store.transact([], [{ key: HEAD_KEY, value: null }]);
  await write(store, content(9));
  await eventually('the own store is back', () => feed.current?.epoch === 9);
});

test('an older table and one that contradicts are refused', async (t) => {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  await write(store, content(7));
  const { feed, words } = feedOn(t, realm, store);
  await feed.start();
  await write(store, content(6));
  await eventually('older', () => words().includes('older'));
  await write(store, content(7, INCARNATION, 'another'));
  await eventually('contradicts', () => words().includes('contradicts'));
  assert.equal(feed.current?.epoch, 7);
});

test('a bad record is kept out and told at each read, as new once; later good ones are taken', async (t) => {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  await write(store, content(1));
  const { feed, events } = feedOn(t, realm, store);
  await feed.start();
  await store.transact([], [{ key: HEAD_KEY, value: '{"format":1' }]);
  const refusals = (): { isRepeated: boolean }[] =>
    events.flatMap((event) => (event.kind === 'refused' ? [event] : []));
  await eventually('three reads of it', () => refusals().length >= 3);
  assert.deepEqual(
    refusals()
      .map(({ isRepeated }) => isRepeated)
      .slice(0, 3),
    [false, true, true],
  );
  assert.equal(feed.current?.epoch, 1);
  await write(store, content(2));
  await eventually('the good one', () => feed.current?.epoch === 2);
});

test('a table that this gateway cannot run is kept out, and is not what the next start begins with', async (t) => {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  await write(store, content(1));
  const apply = (table: Table): void => {
    if (table.epoch === 2) throw new Error('a pattern is malformed');
  };
  const { feed, words } = feedOn(t, realm, store, { apply });
  await feed.start();
  await write(store, content(2));
  await eventually('the refusal', () => words().includes('unusable'));
  assert.equal(feed.current?.epoch, 1);
  await feed.close();
  const again = feedOn(t, realm, new FaultyStore(store), { apply });
  await again.feed.start();
  assert.equal(again.words()[0], 'snapshot 1');
  await write(store, content(3));
  await eventually('the next table', () => again.feed.current?.epoch === 3);
});

test('a start with the store down serves the snapshot of the last run, and follows the store when it is back', async (t) => {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  await write(store, content(5));
  const first = feedOn(t, realm, store);
  await first.feed.start();
  await first.feed.close();
  const broken = new FaultyStore(store);
  broken.down = 'STORE_UNAVAILABLE';
  const { feed, words } = feedOn(t, realm, broken);
  await feed.start();
  assert.equal(feed.current?.epoch, 5);
  assert.deepEqual(words().slice(0, 2), ['snapshot 5', 'unreachable']);
  await write(store, content(6));
  broken.down = null;
  await eventually('the store is followed', () => feed.current?.epoch === 6);
});

test('a store whose file cannot be opened counts as down, within the store’s own time limit', async (t) => {
  const realm = await embeddedRealm(t);
  await writeFile(
    realm.file,
    'this is no database, and has more than a hundred bytes so that it is looked at '.repeat(20),
  );
  await writeFile(join(realm.directory, 'table.snapshot'), encodeTableSnapshot(encodeTable(content(4))));
  const { feed, words } = feedOn(t, realm, realm.open());
  await feed.start();
  assert.equal(feed.current?.epoch, 4);
  assert.equal(words()[1], 'unreachable');
});

test('a damaged snapshot, or one of another realm, is left out with an event', async (t) => {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  const texts = ['', '{}', encodeTableSnapshot(encodeTable(content(4))).slice(0, -9)];
  for (const text of texts) {
    const { feed, snapshot, words } = feedOn(t, realm, store);
    await writeFile(snapshot, text);
    await feed.start();
    assert.equal(feed.current, null);
    assert.equal(words()[0], 'snapshot failed');
    await feed.close();
  }
});

test('a snapshot older than the store is followed by what the store has, and replaced by it', async (t) => {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  await write(store, content(9));
  const { feed, snapshot, words } = feedOn(t, realm, store);
  await writeFile(snapshot, encodeTableSnapshot(encodeTable(content(4))));
  await feed.start();
  await feed.close();
  assert.deepEqual(words(), ['snapshot 4', 'store 9']);
  await rm(realm.file);
  const again = feedOn(t, realm, new FaultyStore(store));
  await again.feed.start();
  assert.equal(again.words()[0], 'snapshot 9');
});

test('a snapshot that cannot be written is told, and the table is in force all the same', async (t) => {
  const realm = await embeddedRealm(t);
  const store = realm.open();
  await write(store, content(1));
  const snapshot = { load: () => Promise.resolve(null), save: () => Promise.reject(new Error('disk full')) };
  const { feed, words } = feedOn(t, realm, store, { snapshot });
  await feed.start();
  await eventually('the event', () => words().includes('snapshot failed'));
  assert.equal(feed.current?.epoch, 1);
});

test('refresh sees what was written before it was called, also while a read is under way; waiting calls share one read', async (t) => {
  const realm = await embeddedRealm(t);
  const counting = new CountingStore(realm.open());
  await write(counting, content(1));
  const { feed } = feedOn(t, realm, counting, { settings: { pollMs: 3_600_000 } });
  await feed.start();
  await eventually(
    'the watch has said its first word',
    () => counting.reads.filter((key) => key === HEAD_KEY).length >= 2,
  );
  await feed.refresh();
  let open: () => void = () => undefined;
  counting.gate = () =>
    new Promise((resolve) => {
      open = resolve;
    });
  const early = feed.refresh();
  await write(realm.open(), content(2));
  counting.reads.length = 0;
  const late = [feed.refresh(), feed.refresh(), feed.refresh()];
  counting.gate = () => Promise.resolve();
  open();
  await early;
  await Promise.all(late);
  assert.equal(feed.current?.epoch, 2);
  assert.ok(counting.reads.filter((key) => key === HEAD_KEY).length <= 2, `${counting.reads}`);
});

test('whoever else saw that the table in force is the store’s spares the feed one read, and no more than one', async (t) => {
  const realm = await embeddedRealm(t);
  const counting = new CountingStore(realm.open());
  await write(counting, content(1));
  const clock = new HandClock();
  const { feed } = feedOn(t, realm, counting, { clock, settings: { pollMs: 750 } });
  await feed.start();
  await eventually('the watch has said its first word', () => counting.reads.length >= 2);
  await feed.refresh();
  counting.reads.length = 0;
  await clock.advance(700);
  const seenAt = clock.monotonicMs();
  feed.confirmed(seenAt);
  assert.equal(feed.lastReadAt, seenAt);
  await clock.advance(799);
  assert.deepEqual(counting.reads, []);
  await clock.advance(1);
  assert.deepEqual(counting.reads, [HEAD_KEY]);
});

test('after close nothing is read and nothing is told, although the store goes on', async (t) => {
  const realm = await embeddedRealm(t);
  const store = new CountingStore(realm.open());
  await write(store, content(1));
  const { feed, events } = feedOn(t, realm, store);
  await feed.start();
  await feed.close();
  const told = events.length;
  store.reads.length = 0;
  await feed.refresh();
  await write(realm.open(), content(2));
  const { feed: other } = feedOn(t, realm, realm.open());
  await other.start();
  assert.equal(other.current?.epoch, 2);
  assert.deepEqual(store.reads, []);
  assert.equal(events.length, told);
});
