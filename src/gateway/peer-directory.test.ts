import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type EmbeddedRealm, embeddedRealm } from '../../test/support/embedded-realm.ts';
import { eventually } from '../../test/support/eventually.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { machineClock } from '../../test/support/machine-clock.ts';
import type { BootId, DataCenterId, NodeId } from '../core/ids.ts';
import type { CoordStore } from '../store/coord-store.ts';
import { decodeEdge, EDGE_PREFIX } from '../store/records/node-record.ts';
import { EdgeAnnouncer, type EdgeFacts } from './edge-announcer.ts';
import { type PeerAddress, PeerDirectory, parseInterlinkAddress } from './peer-directory.ts';

const facts = (node: string, dataCenter: string, interlink = 'h:1'): EdgeFacts => ({
  node: node as NodeId,
  boot: `boot-of-${node}` as BootId,
  dataCenter: dataCenter as DataCenterId,
  version: '0',
  formats: [1],
  door: 'h:2',
  admin: 'h:3',
  interlink,
  applied: null,
  cells: [],
});

function announcerOn(t: TestContext, store: CoordStore, own: () => EdgeFacts, errors: string[] = []): EdgeAnnouncer {
  const { node, boot } = own();
  const announcer = new EdgeAnnouncer({
    store,
    clock: machineClock,
    node,
    boot,
    beatMs: 30,
    facts: own,
    onError: (detail) => void errors.push(detail),
  });
  t.after(() => announcer.close());
  return announcer;
}

interface Directory {
  readonly directory: PeerDirectory;
  /** Nodes, newest list last. */
  readonly lists: string[];
  readonly bad: string[];
  saved: string | null;
}

function directoryOn(t: TestContext, store: CoordStore, saved: string | null = null): Directory {
  const lists: string[] = [];
  const bad: string[] = [];
  const snapshot = {
    load: () => Promise.resolve(result.saved),
    save: (text: string) => {
      result.saved = text;
      return Promise.resolve();
    },
  };
  const onPeers = (peers: readonly PeerAddress[]): void => void lists.push(peers.map(({ node }) => node).join(' '));
  const parts = {
    store,
    clock: machineClock,
    dataCenter: 'hz-a',
    pollMs: 30,
    snapshot,
    onPeers,
    onBadRecord: (detail: string) => void bad.push(detail),
  };
  const result: Directory = { directory: new PeerDirectory(parts), lists, bad, saved };
  t.after(() => result.directory.close());
  return result;
}

const open = async (t: TestContext): Promise<{ realm: EmbeddedRealm; store: CoordStore }> => {
  const realm = await embeddedRealm(t);
  return { realm, store: realm.open() };
};

test('gateways of other data centers are found when they announce themselves, and gone when they stop', async (t) => {
  const { realm, store } = await open(t);
  const { directory, lists } = directoryOn(t, store);
  await directory.start();
  const one = announcerOn(t, realm.open(), () => facts('gateway-b', 'hz-b'));
  announcerOn(t, realm.open(), () => facts('gateway-own', 'hz-a')).announce();
  one.announce();
  await eventually('the peer is known', () => lists.at(-1) === 'gateway-b');
  announcerOn(t, realm.open(), () => facts('gateway-c', 'sz-a')).announce();
  await eventually('both are known', () => lists.at(-1) === 'gateway-b gateway-c');
  await one.close();
  await eventually('one is gone', () => lists.at(-1) === 'gateway-c');
});

test('a record that beats is no news', async (t) => {
  const { realm, store } = await open(t);
  announcerOn(t, realm.open(), () => facts('gateway-b', 'hz-b')).announce();
  const { directory, lists } = directoryOn(t, store);
  await directory.start();
  const beat = async (): Promise<number> => {
    const [entry] = (await store.snapshot(EDGE_PREFIX)).entries;
    return entry === undefined ? 0 : decodeEdge(entry.key, entry.value).beat;
  };
  await eventually('three beats', async () => (await beat()) >= 3);
  await eventually('the list', () => lists.length > 0);
  assert.deepEqual(
    lists.filter((list) => list !== ''),
    ['gateway-b'],
  );
});

test('bad records are told and left out, the others count', async (t) => {
  const { realm, store } = await open(t);
  await store.transact([], [{ key: `${EDGE_PREFIX}x/y`, value: '{"format":9}' }]);
  announcerOn(t, realm.open(), () => facts('gateway-b', 'hz-b', 'nowhere')).announce();
  announcerOn(t, realm.open(), () => facts('gateway-c', 'hz-b', '[::1]:7')).announce();
  const { directory, lists, bad } = directoryOn(t, store);
  await directory.start();
  await eventually('the good one', () => lists.at(-1) === 'gateway-c');
  await eventually(
    'the bad ones',
    () =>
      bad.some((detail) => /format 9/.test(detail)) &&
      bad.some((detail) => /interlink is "nowhere", must be host:port/.test(detail)),
  );
});

test('the peers of the last run are dialled while the store is down, and stay known when it fails later', async (t) => {
  const { realm, store } = await open(t);
  const broken = new FaultyStore(store);
  broken.down = 'STORE_UNAVAILABLE';
  const saved = JSON.stringify([{ node: 'gateway-b', dataCenter: 'hz-b', interlink: 'h:1' }]);
  const { directory, lists } = directoryOn(t, broken, saved);
  await directory.start();
  assert.deepEqual(lists, ['gateway-b']);
  broken.down = null;
  announcerOn(t, realm.open(), () => facts('gateway-c', 'hz-b')).announce();
  await eventually('the store is followed', () => lists.at(-1) === 'gateway-c');
});

test('a damaged list of the last run is left out', async (t) => {
  const { store } = await open(t);
  for (const saved of ['{', '{}', '[{"node":1}]', '[null]']) {
    const { directory, lists } = directoryOn(t, store, saved);
    await directory.start();
    assert.deepEqual(
      lists.filter((list) => list !== ''),
      [],
    );
    await directory.close();
  }
});

test('an announcer whose store is down goes on trying, says so, and closes all the same', async (t) => {
  const { store } = await open(t);
  const broken = new FaultyStore(store);
  broken.down = 'STORE_UNAVAILABLE';
  const errors: string[] = [];
  const announcer = announcerOn(t, broken, () => facts('gateway-b', 'hz-b'), errors);
  announcer.announce();
  await eventually('two attempts', () => errors.length >= 2);
  broken.down = null;
  await eventually('the record', async () => (await store.snapshot(EDGE_PREFIX)).entries.length === 1);
  await announcer.close();
  announcer.announce();
  assert.equal((await store.snapshot(EDGE_PREFIX)).entries.length, 0);
});

test('only what can be dialled is an address', () => {
  assert.deepEqual(parseInterlinkAddress('host:1'), { host: 'host', port: 1 });
  assert.deepEqual(parseInterlinkAddress('[::1]:65535'), { host: '::1', port: 65_535 });
  for (const text of ['', 'host', 'host:', 'host:0', 'host:65536', '::1:5', 'a:b:1', ':1'])
    assert.equal(parseInterlinkAddress(text), null, text);
});
