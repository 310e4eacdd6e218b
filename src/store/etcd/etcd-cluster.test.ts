import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EtcdCluster } from '../../../test/support/etcd-cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { CoordStore } from '../coord-store.ts';
import { codeOf, HintLog, StoreBench } from '../store-bench.fixture.ts';

/** Three members; each test leaves all of them up. */
let cluster: EtcdCluster;

before(async () => {
  cluster = await EtcdCluster.start();
});

after(() => cluster?.stop());

const newBench = (settings = {}): StoreBench =>
  new StoreBench(`etcd://${cluster.endpoints.join(',')}`, { settings: { transactMs: 3_000, ...settings } });

const write = async (store: CoordStore, key: string): Promise<void> => {
  await eventually(
    `${key} is written`,
    async () => (await codeOf(store.transact([], [{ key, value: '' }]))) === 'none',
  );
};

/** A store that asks the member at `index` first: the choice by chance, made by the test. */
const openAt = (b: StoreBench, index: number): CoordStore => b.open({ random: { next: () => index } });

test('a killed member: no read fails, whichever member was asked, and the watch goes on with another', async () => {
  await using b = newBench();
  const stores = cluster.members.map((_, index) => openAt(b, index));
  const logs = stores.map(() => new HintLog());
  stores.forEach((store, index) => void store.watch('', logs[index]?.onHint ?? assert.fail()));
  await eventually('all stand', () => logs.every((log) => log.lagged === 1));
  await write(stores[0] ?? assert.fail(), 'k');

  const victim = cluster.members[1] ?? assert.fail();
  await victim.kill();
  for (let round = 0; round < 5; round += 1) {
    // Leadership may have gone with it: reads then wait for the election, but they do not fail.
    const reads = stores.map((store) => eventually('read', async () => (await store.read(['k'])).entries.length === 1));
    await Promise.all(reads);
  }
  await write(stores[1] ?? assert.fail(), 'while down');
  await eventually('all know', () => logs.every((log) => log.keys.has('while down')));
  await victim.launch();
  await victim.healthy();
  await write(stores[1] ?? assert.fail(), 'back');
  await eventually('all know', () => logs.every((log) => log.keys.has('back')));
});

/** Story: APISIX failed to start with one of three members down. */
test('a store that begins while one of three members is down works, whichever it tries first', async () => {
  const victim = cluster.members[2] ?? assert.fail();
  await victim.kill();
  try {
    await using b = newBench();
    for (const index of [0, 1, 2]) {
      const store = openAt(b, index);
      const log = new HintLog();
      store.watch('', log.onHint);
      await eventually('it reads', async () => (await codeOf(store.read(['k']))) === 'none');
      await write(store, `k${index}`);
      await eventually('its watch stands', () => log.lagged >= 1);
    }
  } finally {
    await victim.launch();
    await victim.healthy();
  }
});

test('a member that is stuck, its connections open, is left for another: reads, transactions and the watch', async () => {
  await using b = newBench({ attemptMs: 300, watchdogMs: 1_000, readMs: 10_000, transactMs: 10_000 });
  const store = openAt(b, 0);
  const log = new HintLog();
  store.watch('', log.onHint);
  await eventually('the watch stands', () => log.lagged === 1);
  const stuck = cluster.members[0] ?? assert.fail();
  stuck.pause();
  try {
    assert.equal(await codeOf(store.read(['k'])), 'none');
    await write(store, 'while stuck');
    await eventually('the watch noticed', () => b.events.some((event) => event.kind === 'watch-broken'));
    await eventually('the watch stands again', () => log.lagged >= 2);
    assert.ok(b.events.some((event) => event.kind === 'member-failed' && event.endpoint === stuck.endpoint));
    await write(store, 'later');
    await eventually('the change', () => log.keys.has('later'));
  } finally {
    stuck.resume();
    await stuck.healthy();
  }
});

test('all members down and back: calls fail within their limits, then work; the watch misses nothing', async () => {
  await using b = newBench({ readMs: 500, snapshotMs: 500 });
  const store = b.open();
  const log = new HintLog();
  store.watch('', log.onHint);
  await eventually('the watch stands', () => log.lagged === 1);
  await write(store, 'before');
  await cluster.killAll();
  const codes = await Promise.all([codeOf(store.read(['before'])), codeOf(store.snapshot(''))]);
  for (const code of codes) assert.match(code, /^STORE_(UNAVAILABLE|TIMEOUT)$/);
  await cluster.restart();
  await eventually('it reads what was acknowledged', async () => (await store.read(['before'])).entries.length === 1);
  await write(store, 'after');
  await eventually('the change, by name or by lagged', () => log.keys.has('after') || log.lagged >= 2);
  await eventually('the watch stands again', () => log.lagged >= 2);
  await write(store, 'later');
  await eventually('a later change', () => log.keys.has('later'));
});
